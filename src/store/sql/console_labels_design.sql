-- console_labels_design: console; $1 design id, $2 whether the asking person's draft is shown instead
-- A design and what its preview says: the newest batch of the brand, else a product of it; no row: none.
SELECT json_build_object('id', d.id, 'name', d.name, 'version', v.version,
	'document', coalesce(t.document, v.document), 'is_draft', t.document IS NOT NULL,
	'made_at', job.moment(v.made_at), 'made_by', v.made_by,
	'versions', CASE WHEN $2::text::boolean THEN (SELECT json_agg(json_build_object('version', o.version,
			'made_at', job.moment(o.made_at), 'made_by', o.made_by) ORDER BY o.version DESC)
		FROM (SELECT * FROM code.label_design_version AS w WHERE w.design_id = d.id
			ORDER BY w.version DESC LIMIT 20) AS o) END,
	'sample', coalesce(
		(SELECT json_build_object('gtin', lpad(b.gtin::text, 14, '0'), 'product', b.product, 'lot', coalesce(b.lot, ''),
			'produced', coalesce(b.produced_on::text, ''), 'expiry', coalesce(b.best_before::text, ''))
		FROM code.batch AS b WHERE code.line_sees(b.gtin) ORDER BY b.made_at DESC, b.id DESC LIMIT 1),
		(SELECT json_build_object('gtin', lpad(p.gtin::text, 14, '0'),
			'product', coalesce(p.name ->> 'zh-CN', p.name ->> 'en', p.name ->> 'und', ''))
		FROM trace.product_now AS p WHERE p.brand_id = base.session_brand() AND code.line_sees(p.gtin) ORDER BY p.gtin LIMIT 1),
		'{}'))::text
FROM code.label_design AS d, code.design_now(d.id) AS v
LEFT JOIN code.label_draft AS t ON t.design_id = $1::text::uuid AND t.hand = code.actor()
	AND $2::text::boolean
WHERE d.id = $1::text::uuid AND d.ended_at IS NULL
