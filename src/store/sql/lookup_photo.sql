-- lookup_photo: lookup; $1 SHA-256
-- A product's photo that may be seen, and the epoch it may be seen at; no row: there is none. What was
-- hidden since is left out here, as on the page.
SELECT p.gtin, g.epoch, p.bytes
FROM pub.photo AS p
JOIN pub.gtin AS g ON g.gtin = p.gtin
WHERE p.sha256 = $1::bytea
	AND NOT EXISTS (
		SELECT FROM pub.hide AS h
		WHERE h.brand_id = g.brand_id AND h.gtin IN (0, g.gtin) AND h.field = 'product.photo')
ORDER BY p.gtin
LIMIT 1
