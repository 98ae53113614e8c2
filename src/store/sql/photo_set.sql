-- photo_set: operator; $1 GTIN, $2 SHA-256, $3 JPEG, $4 width, $5 height, $6 where it came from
-- A row where it is another photo than the one that counts.
INSERT INTO trace.photo (brand_id, gtin, sha256, bytes, width, height, source, replaces)
SELECT o.brand_id, o.gtin, $2::bytea, $3::bytea, $4::integer, $5::integer, $6, newest.id
FROM trace.gtin_owner AS o
LEFT JOIN trace.photo AS newest ON newest.gtin = o.gtin AND newest.brand_id = o.brand_id
	AND NOT EXISTS (SELECT FROM trace.photo AS n WHERE n.replaces = newest.id)
WHERE o.gtin = $1::bigint AND (newest.id IS NULL OR newest.withdrawn OR newest.sha256 <> $2::bytea)
RETURNING id
