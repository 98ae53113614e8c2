-- lookup_photo: lookup; $1 SHA-256
-- A picture or paper that may be seen, and the epoch it may be seen at: a product's photo, a brand's logo, a
-- certificate; no row: there is none. What was hidden since is left out here, as on the page. Of a paper only
-- its length, which is 0 for others: lookup_paper reads it in parts.
(SELECT p.gtin, g.epoch, p.bytes, 'image/jpeg' AS media_type, 0::bigint AS paper_length
FROM pub.photo AS p
JOIN pub.gtin AS g ON g.gtin = p.gtin
WHERE p.sha256 = $1::bytea
	AND NOT EXISTS (
		SELECT FROM pub.hide AS h
		WHERE h.brand_id = g.brand_id AND h.gtin IN (0, g.gtin) AND h.field = 'product.photo')
ORDER BY p.gtin
LIMIT 1)
UNION ALL
(SELECT g.gtin, g.epoch, l.bytes, 'image/jpeg', 0::bigint
FROM pub.logo AS l
CROSS JOIN LATERAL (SELECT n.gtin, n.epoch FROM pub.gtin AS n WHERE n.brand_id = l.brand_id ORDER BY n.gtin LIMIT 1) AS g
WHERE l.sha256 = $1::bytea
LIMIT 1)
UNION ALL
(SELECT p.gtin, g.epoch, ''::bytea, f.media_type, length(f.bytes)::bigint
FROM pub.paper AS p
JOIN pub.gtin AS g ON g.gtin = p.gtin
JOIN pub.paper_file AS f ON f.sha256 = p.sha256 AND f.gtin = p.gtin
WHERE p.sha256 = $1::bytea
	AND NOT EXISTS (
		SELECT FROM pub.hide AS h
		WHERE h.brand_id = g.brand_id AND h.gtin IN (0, g.gtin) AND h.field IN ('document.title', 'document.file'))
ORDER BY p.gtin
LIMIT 1)
LIMIT 1
