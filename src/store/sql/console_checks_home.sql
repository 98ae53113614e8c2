-- console_checks_home: console
-- The overview: checks today and in the seven days before, what waits for somebody, what there is at all.
SELECT json_build_object(
	'today', (SELECT coalesce(sum(c.visits), 0) FROM code.check_time AS c
		WHERE c.brand_id = b.id AND c.gtin = 0 AND c.quarter >= base.day_begins(t.today, b.time_zone)),
	'week', (SELECT coalesce(sum(c.visits), 0) FROM code.check_time AS c
		WHERE c.brand_id = b.id AND c.gtin = 0 AND c.quarter >= base.day_begins(t.today - 7, b.time_zone)
			AND c.quarter < base.day_begins(t.today, b.time_zone)),
	'proposals', (SELECT count(*) FROM trace.halt AS h WHERE h.brand_id = b.id AND h.proposal IS NOT NULL),
	'halts', (SELECT count(*) FROM trace.halt AS h WHERE h.brand_id = b.id AND h.state = 'running'),
	'failed', (SELECT count(*) FROM job.job AS j WHERE j.brand_id = b.id AND j.state = 'failed'
		AND j.ended_at > now() - interval '7 days'),
	'products', EXISTS (SELECT FROM trace.product AS p WHERE p.brand_id = b.id),
	'batches', EXISTS (SELECT FROM code.batch AS a WHERE a.brand_id = b.id))::text
FROM trace.brand AS b, LATERAL (SELECT (now() AT TIME ZONE b.time_zone)::date) AS t (today)
WHERE b.id = base.session_brand()
