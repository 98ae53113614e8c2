-- project_lots: jobs, operator; $1 GTINs, $2 and $3 GTIN and lot after which to go on, $4 most rows
-- The lots whose documents are to be made or removed, in order, pairwise; then the last of them.
-- Records are only added: a lot that was withdrawn, whose document must go, is still found here.
SELECT count(*), coalesce(array_agg(gtin ORDER BY gtin, lot), '{}'),
	coalesce(array_agg(lot ORDER BY gtin, lot), '{}'),
	(array_agg(gtin ORDER BY gtin DESC, lot DESC))[1], (array_agg(lot ORDER BY gtin DESC, lot DESC))[1]
FROM (
	SELECT DISTINCT gtin::bigint AS gtin, lot::text AS lot FROM trace.lot
	WHERE gtin = ANY ($1::bigint[]) AND (gtin, lot) > ($2::bigint, $3::text)
	ORDER BY 1, 2
	LIMIT $4) AS next
