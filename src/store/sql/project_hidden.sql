-- project_hidden: jobs, operator; $1 GTINs
-- The hide list as far as these GTINs cover it, for project_unhide when their documents are clean.
SELECT coalesce(jsonb_agg(to_jsonb(h)), '[]')
FROM pub.hide AS h
WHERE h.gtin = ANY ($1::bigint[])
	OR (h.gtin = 0 AND NOT EXISTS (SELECT FROM trace.gtin_owner AS o
		WHERE o.brand_id = h.brand_id AND o.gtin <> ALL ($1::bigint[])))
