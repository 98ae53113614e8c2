-- console_recalls_page: console
-- Everything that runs or waits, what was only counted within three days, and what ended last; the names of products by which
-- was chosen.
SELECT jsonb_build_object('rule', trace.halt_rule_document(),
	'items', coalesce(jsonb_agg(trace.halt_brief(h) ORDER BY h.id DESC), '[]'))::text, NULL::text,
	json_object_agg(h.choice ->> 'gtin', (SELECT n.name FROM trace.product_now AS n WHERE n.gtin = (h.choice ->> 'gtin')::bigint AND n.brand_id = base.session_brand() LIMIT 1))
		FILTER (WHERE h.choice ->> 'gtin' IS NOT NULL)::text
FROM (
		(SELECT * FROM trace.halt WHERE brand_id = base.session_brand() AND state = 'running' ORDER BY id DESC LIMIT 200)
		UNION ALL
		(SELECT * FROM trace.halt WHERE brand_id = base.session_brand() AND state = 'counted'
			AND (proposal IS NOT NULL OR counted_at > now() - interval '3 days') ORDER BY id DESC LIMIT 50)
		UNION ALL
		(SELECT * FROM trace.halt WHERE brand_id = base.session_brand() AND state = 'ended' ORDER BY id DESC LIMIT 100)
	) AS h
