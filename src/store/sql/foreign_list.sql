-- foreign_list: console, jobs, operator; $1 GTIN, $2 after this serial, $3 state or '', $4 how many
SELECT i.serial::text, i.state::text, i.lot::text, to_char(i.since, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM code.foreign_item AS i
WHERE i.gtin = $1::bigint AND i.serial > $2::text AND $3::text IN ('', i.state::text)
ORDER BY i.serial
LIMIT $4::bigint
