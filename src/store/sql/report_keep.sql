-- report_keep: jobs; $1 report, $2 its photo made small, or NULL, $3 width, $4 height, $5 why there is none
-- Out of the inbox and to the brand in one step; a report on a GTIN that nobody owns goes nowhere. Gives how
-- many were kept.
WITH gone AS (
	DELETE FROM inbox.report WHERE id = $1::bigint
	RETURNING gtin, serial, reference, at, place, note
), kept AS (
	INSERT INTO trace.report (brand_id, gtin, serial, reference, at, place, note, photo, photo_width,
		photo_height, photo_note)
	SELECT o.brand_id, g.gtin, g.serial, g.reference, g.at, g.place, g.note, $2::bytea, $3::integer, $4::integer,
		$5::text
	FROM gone AS g JOIN trace.gtin_owner AS o ON o.gtin = g.gtin
	RETURNING id
)
SELECT count(*) FROM kept
