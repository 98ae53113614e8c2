-- serial_key_free: operator; $1 the characters of serials, in the order of their key ids
-- A key id not in use; no row when all 32 are. Best one whose character begins no serial made elsewhere,
-- then the lowest.
SELECT id
FROM generate_series(0, 31) AS id
WHERE NOT EXISTS (SELECT FROM code.serial_key WHERE key_id = id)
ORDER BY EXISTS (
	SELECT FROM code.foreign_item AS i WHERE left(i.serial, 1) = substr($1::text, id + 1, 1)
), id
LIMIT 1
