-- photo_remove: operator; $1 GTIN
-- A row where there was a photo.
INSERT INTO trace.photo (brand_id, gtin, sha256, width, height, replaces, withdrawn)
SELECT p.brand_id, p.gtin, p.sha256, p.width, p.height, p.id, true
FROM trace.photo_now AS p
JOIN trace.gtin_owner AS o ON o.gtin = p.gtin AND o.brand_id = p.brand_id
WHERE p.gtin = $1::bigint
RETURNING id
