-- console_recalls_page: console
-- Everything that runs or waits, what was only counted within three days, and what ended last.
SELECT jsonb_build_object('rule', trace.halt_rule_document(),
	'items', coalesce((SELECT jsonb_agg(trace.halt_brief(h) ORDER BY h.id DESC) FROM (
		(SELECT * FROM trace.halt WHERE brand_id = base.session_brand() AND state = 'running' ORDER BY id DESC LIMIT 200)
		UNION ALL
		(SELECT * FROM trace.halt WHERE brand_id = base.session_brand() AND state = 'counted'
			AND (proposal IS NOT NULL OR counted_at > now() - interval '3 days') ORDER BY id DESC LIMIT 50)
		UNION ALL
		(SELECT * FROM trace.halt WHERE brand_id = base.session_brand() AND state = 'ended' ORDER BY id DESC LIMIT 100)
	) AS h), '[]'))::text
