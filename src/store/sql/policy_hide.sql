-- policy_hide: console, jobs, operator; $1 brand id, $2 GTIN or 0 for the brand, $3 fields
-- Writes the decisions down and denies at once, on reading, until the documents are made anew. A
-- product's name is also denied where the product went into: there, inputs go as a whole meanwhile.
WITH decided AS (
	INSERT INTO trace.visibility (brand_id, gtin, field, visible)
	SELECT $1::bigint, $2::bigint, field, false FROM unnest($3::text[]) AS field
	RETURNING id, brand_id, gtin, field
), denied AS (
	SELECT brand_id, gtin, field, id FROM decided
	UNION ALL
	SELECT d.brand_id, i.gtin, 'input.name', d.id
	FROM decided AS d
	JOIN trace.lot_input AS i ON i.brand_id = d.brand_id AND i.input_gtin IS NOT NULL
		AND d.gtin IN (0, i.input_gtin)
	WHERE d.field = 'product.name'
)
INSERT INTO pub.hide AS h (brand_id, gtin, field, decision)
SELECT brand_id, gtin, field, max(id) FROM denied GROUP BY brand_id, gtin, field
ON CONFLICT (brand_id, gtin, field) DO UPDATE SET decision = greatest(h.decision, EXCLUDED.decision)
