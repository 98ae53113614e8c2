-- lookup_paper: lookup; $1 SHA-256, $2 bytes before, $3 bytes at most
-- A part of a paper that may be seen; no row: there is none, or none any more. Stored uncompressed and out of
-- line, so that no more of it is read than asked for.
SELECT substr(f.bytes, $2::bigint::integer + 1, $3::bigint::integer)
FROM (
	SELECT p.gtin
	FROM pub.paper AS p
	JOIN pub.gtin AS g ON g.gtin = p.gtin
	WHERE p.sha256 = $1::bytea
		AND NOT EXISTS (
			SELECT FROM pub.hide AS h
			WHERE h.brand_id = g.brand_id AND h.gtin IN (0, g.gtin) AND h.field IN ('document.title', 'document.file'))
	ORDER BY p.gtin
	LIMIT 1) AS seen
JOIN pub.paper_file AS f ON f.sha256 = $1::bytea AND f.gtin = seen.gtin
