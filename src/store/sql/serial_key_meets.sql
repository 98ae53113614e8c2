-- serial_key_meets: operator; $1 the character of a key, $2 $3 GTIN and serial that are looked at already, $4 how many
-- Serials made elsewhere that a key with this character could read as its own.
SELECT i.gtin::bigint, i.serial::text
FROM code.foreign_item AS i
WHERE (i.gtin, i.serial) > ($2::bigint, $3::text) AND left(i.serial, 1) = $1::text
	AND length(i.serial) >= 10
ORDER BY i.gtin, i.serial
LIMIT $4::bigint
