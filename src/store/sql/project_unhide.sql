-- project_unhide: jobs, operator; $1 what project_hidden gave
-- Removes what was denied before the projection began; a newer decision stands. Gives the GTINs to touch.
WITH gone AS (
	DELETE FROM pub.hide AS h
	USING jsonb_to_recordset($1::jsonb) AS d(brand_id bigint, gtin bigint, field text, decision bigint)
	WHERE (h.brand_id, h.gtin, h.field, h.decision) = (d.brand_id, d.gtin, d.field, d.decision)
	RETURNING h.brand_id, h.gtin
)
SELECT count(*), coalesce(array_agg(DISTINCT g.gtin), '{}')
FROM gone JOIN pub.gtin AS g ON g.brand_id = gone.brand_id AND gone.gtin IN (0, g.gtin)
