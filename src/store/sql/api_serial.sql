-- api_serial: console; $1 GTIN, $2 serial
-- One serial made elsewhere as the API shows it; no row: none that this line may see.
SELECT json_build_object(
	'gtin', lpad(i.gtin::text, 14, '0'),
	'serial', i.serial,
	'lot', i.lot,
	'state', i.state,
	'since', to_char(i.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'reason', i.reason,
	'steps', (
		SELECT coalesce(json_agg(json_build_object(
			'state', e.state,
			'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
			'by', e.by) ORDER BY e.id), '[]')
		FROM code.foreign_event AS e
		WHERE e.gtin = i.gtin AND e.serial = i.serial
	))::text
FROM code.foreign_item AS i
WHERE i.gtin = $1::bigint AND i.serial = $2::text AND code.line_sees(i.gtin)
