-- console_checks_home: console
-- The overview: checks today and in the seven days before, what waits for somebody, what there is at all.
WITH b AS MATERIALIZED (
	SELECT o.id, base.day_begins(t.today, o.time_zone) AS today, base.day_begins(t.today - 7, o.time_zone) AS week
	FROM trace.brand AS o, LATERAL (SELECT (now() AT TIME ZONE o.time_zone)::date) AS t (today)
	WHERE o.id = base.session_brand()
)
SELECT json_build_object(
	'today', (SELECT coalesce(sum(c.visits), 0) FROM code.check_time AS c
		WHERE c.brand_id = b.id AND c.gtin = 0 AND c.quarter >= b.today),
	'week', (SELECT coalesce(sum(c.visits), 0) FROM code.check_time AS c
		WHERE c.brand_id = b.id AND c.gtin = 0 AND c.quarter >= b.week AND c.quarter < b.today),
	'proposals', (SELECT count(*) FROM trace.halt AS h WHERE h.brand_id = b.id AND h.proposal IS NOT NULL),
	'halts', (SELECT count(*) FROM trace.halt AS h WHERE h.brand_id = b.id AND h.state = 'running'),
	'failed', (SELECT count(*) FROM job.job AS j WHERE j.brand_id = b.id AND j.state = 'failed'
		AND j.ended_at > now() - interval '7 days'),
	'products', EXISTS (SELECT FROM trace.product AS p WHERE p.brand_id = b.id),
	'batches', EXISTS (SELECT FROM code.batch AS a WHERE a.brand_id = b.id))::text
FROM b
