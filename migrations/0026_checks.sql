-- What happens out there: checks by day, product, lot, country and hour, in the brand's own time zone.

-- --- the brand's time zone ---

-- A name of IANA's, in its own letters: no abbreviation (which of several places?), no rule of one's own.
ALTER TABLE trace.brand ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC' CHECK (base.is_time_zone(time_zone)
	AND time_zone ~ '^(UTC|Etc/GMT([+-][0-9]{1,2})?|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){1,2})$');
GRANT UPDATE (time_zone) ON trace.brand TO suyuan_console;

CREATE FUNCTION trace.set_time_zone(zone text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE trace.brand SET time_zone = zone WHERE id = base.session_brand();
EXCEPTION WHEN check_violation THEN
	PERFORM code.refuse(400, 'The time zone must be a name such as Asia/Shanghai.',
		json_build_object('member', 'time_zone', 'code', 'time_zone'));
END $$;

-- When a day begins there. Clocks may go over midnight: forward, and the day begins at one; back, and it begins
-- at the first of two midnights.
CREATE FUNCTION base.day_begins(day date, zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(min(t) FILTER (WHERE (t AT TIME ZONE zone)::date = day), max(t))
	FROM (SELECT (day::timestamp AT TIME ZONE zone) - n * interval '15 minutes' FROM generate_series(0, 12) AS n) AS s(t)
$$;

-- --- counting by quarter of an hour ---

-- Every time zone of today begins its days and hours at a quarter of an hour of UTC: Kathmandu is +05:45. Rows
-- counted before this migration are of whole hours and count where the hour began.
ALTER TABLE code.check_count RENAME COLUMN hour TO quarter;
-- What recalls count (0025) names that column.
CREATE OR REPLACE FUNCTION trace.halt_checks(of_halt bigint, since timestamptz, until timestamptz)
RETURNS TABLE (country text, checks bigint)
LANGUAGE sql STABLE AS $$
	WITH lots AS MATERIALIZED (
		SELECT t.gtin, trace.lot_handle(t.gtin, t.lot) AS handle FROM trace.halt_touches(of_halt) AS t
	), products AS MATERIALIZED (
		SELECT DISTINCT gtin FROM lots
	)
	SELECT c.country, sum(c.times)::bigint
	FROM products AS p JOIN code.check_count AS c ON c.gtin = p.gtin
	JOIN lots AS l ON l.gtin = c.gtin AND l.handle = c.lot_handle
	WHERE c.kind = 'visit' AND c.quarter >= coalesce(since, '-infinity') AND c.quarter < coalesce(until, 'infinity')
	GROUP BY c.country ORDER BY 2 DESC, 1
$$;
ALTER TABLE code.check_count ADD COLUMN firsts bigint NOT NULL DEFAULT 0 CHECK (firsts BETWEEN 0 AND times);
COMMENT ON COLUMN code.check_count.firsts IS 'of the visits, those that were the first of their item';

-- The same summed up, so that a year is read in milliseconds: by time, and by UTC day for products, lots and
-- countries. gtin 0: all of the brand.
CREATE TABLE code.check_time (
	brand_id bigint NOT NULL,
	gtin     bigint NOT NULL,
	quarter  timestamptz NOT NULL,
	visits bigint NOT NULL, firsts bigint NOT NULL, never_issued bigint NOT NULL, mistyped bigint NOT NULL, robots bigint NOT NULL,
	PRIMARY KEY (brand_id, gtin, quarter)
) WITH (fillfactor = 80);
CREATE TABLE code.check_part (
	brand_id bigint NOT NULL,
	part     text COLLATE "C" NOT NULL CHECK (part IN ('product', 'lot', 'country')),
	gtin     bigint NOT NULL,
	day      date NOT NULL,                  -- UTC
	key      text COLLATE "C" NOT NULL,      -- 14 digits; these and the lot's handle; a country or ''
	visits bigint NOT NULL, firsts bigint NOT NULL, never_issued bigint NOT NULL, mistyped bigint NOT NULL, robots bigint NOT NULL,
	PRIMARY KEY (brand_id, part, gtin, day, key)
) WITH (fillfactor = 80);
CREATE INDEX check_time_quarter ON code.check_time USING brin (quarter);
CREATE INDEX check_part_day ON code.check_part USING brin (day);

-- Items that were looked at again and again, most first.
CREATE TABLE code.check_often (
	gtin    bigint NOT NULL,
	serial  text COLLATE "C" NOT NULL,
	visits  bigint NOT NULL,
	last_at timestamptz NOT NULL,
	PRIMARY KEY (gtin, serial)
);
CREATE INDEX check_often_most ON code.check_often (gtin, visits DESC, serial);

-- What a lot's handle stands for: nobody can compute it backwards.
CREATE TABLE code.lot_name (
	gtin       bigint NOT NULL,
	lot_handle text COLLATE "C" NOT NULL,
	lot        text NOT NULL,
	PRIMARY KEY (gtin, lot_handle)
);
CREATE FUNCTION code.name_lots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO code.lot_name (gtin, lot_handle, lot)
	SELECT gtin, trace.lot_handle(gtin, lot), lot FROM (SELECT DISTINCT gtin, lot FROM added WHERE lot <> '') AS a
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER name_lots AFTER INSERT ON trace.lot REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION code.name_lots();
CREATE TRIGGER name_lots AFTER INSERT ON code.batch REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION code.name_lots();
INSERT INTO code.lot_name (gtin, lot_handle, lot)
SELECT gtin, trace.lot_handle(gtin, lot), lot
FROM (SELECT gtin, lot FROM trace.lot UNION SELECT gtin, lot FROM code.batch WHERE lot <> '') AS l
ON CONFLICT DO NOTHING;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['check_time', 'check_part', 'check_often', 'lot_name']
	LOOP
		EXECUTE format('ALTER TABLE code.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE code.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON code.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON code.%I TO suyuan_console USING (%s)', t,
			CASE WHEN t IN ('check_time', 'check_part') THEN 'brand_id = base.session_brand()'
			ELSE format('EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = %I.gtin)', t) END);
		EXECUTE format('GRANT SELECT ON code.%I TO suyuan_console, suyuan_jobs', t);
	END LOOP;
END $$;
GRANT INSERT, UPDATE, DELETE ON code.check_time, code.check_part, code.check_often TO suyuan_jobs;

-- Adds sums of codes to the sums of time and parts.
CREATE TYPE code.check_sum AS (gtin bigint, quarter timestamptz, lot_handle text, country text, kind text,
	times bigint, firsts bigint);
CREATE FUNCTION code.add_checks(sums code.check_sum[]) RETURNS void LANGUAGE sql AS $$
	WITH wide AS (
		SELECT o.brand_id, g.gtin, s.gtin AS of_gtin, s.quarter, s.lot_handle, s.country,
			CASE s.kind WHEN 'visit' THEN s.times ELSE 0 END AS visits, s.firsts,
			CASE s.kind WHEN 'never_issued' THEN s.times ELSE 0 END AS never_issued,
			CASE s.kind WHEN 'mistyped' THEN s.times ELSE 0 END AS mistyped,
			CASE s.kind WHEN 'robot' THEN s.times ELSE 0 END AS robots
		FROM unnest(sums) AS s JOIN trace.gtin_owner AS o ON o.gtin = s.gtin
		CROSS JOIN LATERAL (VALUES (0::bigint), (s.gtin)) AS g (gtin)
	), of_time AS (
		INSERT INTO code.check_time AS t
		SELECT brand_id, gtin, quarter, sum(visits), sum(firsts), sum(never_issued), sum(mistyped), sum(robots)
		FROM wide GROUP BY 1, 2, 3
		ON CONFLICT (brand_id, gtin, quarter) DO UPDATE SET visits = t.visits + EXCLUDED.visits,
			firsts = t.firsts + EXCLUDED.firsts, never_issued = t.never_issued + EXCLUDED.never_issued,
			mistyped = t.mistyped + EXCLUDED.mistyped, robots = t.robots + EXCLUDED.robots
	)
	INSERT INTO code.check_part AS p
	SELECT brand_id, k.part, gtin, (quarter AT TIME ZONE 'UTC')::date, k.key, sum(visits), sum(firsts),
		sum(never_issued), sum(mistyped), sum(robots)
	FROM wide, LATERAL (VALUES ('product', lpad(of_gtin::text, 14, '0')),
		('lot', lpad(of_gtin::text, 14, '0') || lot_handle), ('country', country)) AS k (part, key)
	GROUP BY 1, 2, 3, 4, 5
	ON CONFLICT (brand_id, part, gtin, day, key) DO UPDATE SET visits = p.visits + EXCLUDED.visits,
		firsts = p.firsts + EXCLUDED.firsts, never_issued = p.never_issued + EXCLUDED.never_issued,
		mistyped = p.mistyped + EXCLUDED.mistyped, robots = p.robots + EXCLUDED.robots
$$;
SELECT code.add_checks(array_agg((gtin, quarter, lot_handle, country, kind, times, firsts)::code.check_sum))
FROM code.check_count HAVING count(*) > 0;

-- As in 0018, by quarters of an hour, with the first visits of items and the sums above.
CREATE OR REPLACE FUNCTION inbox.roll_up(most integer, apart interval) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
	sums code.check_sum[];
BEGIN
	IF NOT pg_try_advisory_xact_lock('inbox.scan'::regclass::oid::bigint) THEN RETURN NULL; END IF;
	WITH taken AS (
		DELETE FROM inbox.scan WHERE id <= (
			SELECT max(id) FROM (
				SELECT id, sum(looks) OVER (ORDER BY id) - looks AS before
				FROM (SELECT id, looks FROM inbox.scan ORDER BY id LIMIT most) AS first
			) AS summed WHERE before < most)
		RETURNING *
	), looks AS (
		SELECT least(t.at - u.age * interval '1 ms', now()) AS at, u.gtin, u.serial, u.lot_handle,
			u.kind, u.country, u.times, u.kind = 'visit' AS is_visit,
			inbox.who(u.gtin, u.serial, u.visitor) AS who
		FROM taken AS t, unnest(t.age, t.gtin, t.serial, t.lot_handle, t.visitor, t.kind, t.country, t.times)
			AS u (age, gtin, serial, lot_handle, visitor, kind, country, times)
		JOIN trace.gtin_owner AS o ON o.gtin = u.gtin
		WHERE length(u.serial) <= 20 AND length(u.lot_handle) <= 20
			AND (u.country = '' OR u.country ~ '^[A-Z]{2}$')
			AND CASE u.kind WHEN 'visit' THEN u.serial <> '' AND u.visitor IS NOT NULL AND u.times = 1
				ELSE u.kind IN ('never_issued', 'mistyped', 'robot') AND u.times BETWEEN 1 AND 1000000 END
			AND u.age IS NOT NULL
	), known AS (
		SELECT l.*, l.at - lag(l.at) OVER (PARTITION BY l.who ORDER BY l.at) AS after
		FROM looks AS l WHERE l.is_visit
	), counted AS (
		SELECT k.*, row_number() OVER (PARTITION BY k.serial, k.gtin ORDER BY k.at) AS nth FROM known AS k
		-- By the index, however large the table and old its statistics are.
		LEFT JOIN LATERAL (SELECT at FROM inbox.recent WHERE who = k.who LIMIT 1) AS r ON true
		WHERE (k.after IS NULL OR k.after >= apart)
			AND (r.at IS NULL OR r.at NOT BETWEEN k.at - apart AND k.at + apart)
	), remembered AS (
		INSERT INTO inbox.recent AS r (who, at)
		SELECT who, max(at) FROM counted GROUP BY who
		ON CONFLICT (who) DO UPDATE SET at = greatest(r.at, EXCLUDED.at)
	), items AS (
		SELECT gtin, serial, count(*) AS visits, min(at) AS first_at, max(at) AS last_at FROM counted
		GROUP BY gtin, serial
	), seen AS (
		INSERT INTO pub.seen AS s (gtin, serial, visits, first_at)
		SELECT gtin, serial, visits, first_at FROM items ORDER BY gtin, serial
		ON CONFLICT (gtin, serial) DO UPDATE
		SET visits = s.visits + EXCLUDED.visits, first_at = least(s.first_at, EXCLUDED.first_at)
		RETURNING s.gtin, s.serial, s.visits
	), told AS (
		SELECT i.gtin, i.serial, i.last_at, s.visits, s.visits = i.visits AS is_new
		FROM items AS i JOIN seen AS s ON s.gtin = i.gtin AND s.serial = i.serial
	), often AS (
		INSERT INTO code.check_often AS o (gtin, serial, visits, last_at)
		SELECT gtin, serial, visits, last_at FROM told WHERE visits >= 3
		ON CONFLICT (gtin, serial) DO UPDATE
		SET visits = EXCLUDED.visits, last_at = greatest(o.last_at, EXCLUDED.last_at)
	), new_sums AS (
		SELECT gtin, date_bin('15 minutes', at, '2000-01-01 00:00Z') AS quarter, lot_handle, country, kind,
			sum(times)::bigint AS times, sum(firsts)::bigint AS firsts
		FROM (SELECT c.gtin, c.at, c.lot_handle, c.country, c.kind, c.times, (c.nth = 1 AND t.is_new)::integer AS firsts
			FROM counted AS c JOIN told AS t ON t.gtin = c.gtin AND t.serial = c.serial
			UNION ALL SELECT gtin, at, lot_handle, country, kind, times, 0 FROM looks WHERE NOT is_visit) AS c
		GROUP BY 1, 2, 3, 4, 5
	), summed AS (
		INSERT INTO code.check_count AS c (gtin, quarter, lot_handle, country, kind, times, firsts)
		SELECT gtin, quarter, lot_handle, country, kind, times, firsts FROM new_sums
		ON CONFLICT (gtin, quarter, lot_handle, country, kind)
		DO UPDATE SET times = c.times + EXCLUDED.times, firsts = c.firsts + EXCLUDED.firsts
	)
	SELECT (SELECT coalesce(sum(looks), 0) FROM taken),
		(SELECT array_agg((n.*)::code.check_sum) FROM new_sums AS n)
	INTO result, sums;
	PERFORM code.add_checks(sums) WHERE sums IS NOT NULL;
	RETURN result;
END $$;

-- As in 0018, with the sums above.
CREATE OR REPLACE FUNCTION inbox.forget(scan_days integer, visitor_hours integer, check_days integer,
	OUT scans bigint, OUT visitors bigint, OUT keys bigint, OUT checks bigint)
LANGUAGE plpgsql AS $$
DECLARE
	begins timestamptz := now() - make_interval(days => check_days);
BEGIN
	-- The two lock many rows, in an order of their own.
	PERFORM pg_advisory_xact_lock('inbox.scan'::regclass::oid::bigint);
	WITH gone AS (DELETE FROM inbox.scan WHERE at < now() - make_interval(days => scan_days) RETURNING looks)
	SELECT coalesce(sum(looks), 0) INTO scans FROM gone;
	DELETE FROM inbox.recent WHERE at < now() - make_interval(hours => visitor_hours);
	GET DIAGNOSTICS visitors = ROW_COUNT;
	DELETE FROM pub.visitor_key WHERE day < (now() AT TIME ZONE 'UTC')::date - 1;
	GET DIAGNOSTICS keys = ROW_COUNT;
	DELETE FROM code.check_count WHERE check_days > 0 AND quarter < begins;
	GET DIAGNOSTICS checks = ROW_COUNT;
	DELETE FROM code.check_time WHERE check_days > 0 AND quarter < begins;
	-- Whole days: what is older than its time is no more than these.
	DELETE FROM code.check_part WHERE check_days > 0 AND day < (begins AT TIME ZONE 'UTC')::date;
	DELETE FROM code.check_often WHERE check_days > 0 AND last_at < begins;
END $$;

-- --- what the console shows ---

CREATE FUNCTION code.check_figures(label text, visits numeric, firsts numeric, never_issued numeric, mistyped numeric,
	robots numeric, more jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('key', label, 'visits', coalesce(visits, 0), 'firsts', coalesce(firsts, 0),
		'repeated', coalesce(visits, 0) - coalesce(firsts, 0), 'never_issued', coalesce(never_issued, 0),
		'mistyped', coalesce(mistyped, 0), 'robots', coalesce(robots, 0)) || more
$$;

-- A row a day: its date, when it begins there, how long it is.
CREATE FUNCTION code.checks_by_day(zone text, of_from date, of_to date, of_gtin bigint) RETURNS SETOF jsonb
LANGUAGE sql STABLE AS $$
	WITH days AS (
		SELECT day, base.day_begins(day, zone) AS begins
		FROM (SELECT d::date FROM generate_series(of_from::timestamp, of_to + 1, '1 day') AS d) AS g (day)
	), spans AS (SELECT day, begins, lead(begins) OVER (ORDER BY day) AS ends FROM days),
	sums AS (
		SELECT (quarter AT TIME ZONE zone)::date AS day, sum(visits) AS visits, sum(firsts) AS firsts,
			sum(never_issued) AS never_issued, sum(mistyped) AS mistyped, sum(robots) AS robots
		FROM code.check_time
		WHERE brand_id = base.session_brand() AND gtin = of_gtin
			AND quarter >= base.day_begins(of_from, zone) AND quarter < base.day_begins(of_to + 1, zone)
		GROUP BY 1
	)
	SELECT code.check_figures(s.day::text, t.visits, t.firsts, t.never_issued, t.mistyped, t.robots,
		jsonb_build_object('begins', base.local_time(s.begins, zone),
			'minutes', (extract(epoch FROM s.ends - s.begins) / 60)::integer))
	FROM spans AS s LEFT JOIN sums AS t ON t.day = s.day
	WHERE s.day <= of_to ORDER BY s.day
$$;

-- The hours of one day one by one, each with its offset: there may be 23 or 25 of them. Of a longer time the hours
-- of all its days together; "again" is an hour that clocks going back had a second time.
CREATE FUNCTION code.checks_by_hour(zone text, of_from date, of_to date, of_gtin bigint) RETURNS SETOF jsonb
LANGUAGE sql STABLE AS $$
	WITH quarters AS (
		SELECT t.*, quarter AT TIME ZONE zone AS local
		FROM code.check_time AS t
		WHERE brand_id = base.session_brand() AND gtin = of_gtin
			AND quarter >= base.day_begins(of_from, zone) AND quarter < base.day_begins(of_to + 1, zone)
		UNION ALL
		-- Hours without checks are hours, too.
		SELECT 0, 0, q, 0, 0, 0, 0, 0, q AT TIME ZONE zone
		FROM generate_series(base.day_begins(of_from, zone), base.day_begins(of_from + 1, zone) - interval '1 second',
			interval '15 minutes') AS q
	), told AS (
		SELECT extract(hour FROM local)::integer AS hour, quarter, visits, firsts, never_issued, mistyped, robots,
			local IN ((quarter - interval '1 hour') AT TIME ZONE zone, (quarter - interval '30 minutes') AT TIME ZONE zone)
				AS again
		FROM quarters
		UNION ALL SELECT h, NULL, 0, 0, 0, 0, 0, false FROM generate_series(0, 23) AS h WHERE of_from < of_to
	)
	SELECT code.check_figures(to_char(hour, 'FM00'), sum(visits), sum(firsts), sum(never_issued), sum(mistyped),
		sum(robots), jsonb_build_object('again', again)
			|| CASE WHEN of_from = of_to THEN jsonb_build_object('begins', base.local_time(min(quarter), zone)) ELSE '{}' END)
	FROM told GROUP BY hour, again
	ORDER BY CASE WHEN of_from = of_to THEN min(quarter) END, hour, again
$$;

-- Products, lots or countries: from whole UTC days, and from the quarters of an hour before and behind them.
-- The 50 with most, then all others together (key NULL).
CREATE FUNCTION code.checks_by_part(zone text, of_from date, of_to date, of_gtin bigint, of_part text) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	begins timestamptz := base.day_begins(of_from, zone);
	-- Nothing is counted in days to come: today is a whole day.
	ends timestamptz := least(base.day_begins(of_to + 1, zone), ((now() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC');
	first date := ((begins - interval '1 microsecond') AT TIME ZONE 'UTC')::date + 1;
	last date := (ends AT TIME ZONE 'UTC')::date;  -- not of them
	first_at timestamptz := least(first::timestamp AT TIME ZONE 'UTC', ends);
	last_at timestamptz := greatest(last::timestamp AT TIME ZONE 'UTC', first_at);
BEGIN
	RETURN QUERY
	WITH edges AS (
		SELECT c.* FROM trace.gtin_owner AS o JOIN code.check_count AS c ON c.gtin = o.gtin
		WHERE o.brand_id = base.session_brand() AND of_gtin IN (0, o.gtin) AND c.quarter >= begins AND c.quarter < first_at
		UNION ALL
		SELECT c.* FROM trace.gtin_owner AS o JOIN code.check_count AS c ON c.gtin = o.gtin
		WHERE o.brand_id = base.session_brand() AND of_gtin IN (0, o.gtin) AND c.quarter >= last_at AND c.quarter < ends
	), pieces AS (
		SELECT p.key, p.visits, p.firsts, p.never_issued, p.mistyped, p.robots FROM code.check_part AS p
		WHERE p.brand_id = base.session_brand() AND p.part = of_part AND p.gtin = of_gtin
			AND p.day >= first AND p.day < last
		UNION ALL
		SELECT CASE of_part WHEN 'country' THEN e.country WHEN 'product' THEN lpad(e.gtin::text, 14, '0')
			ELSE lpad(e.gtin::text, 14, '0') || e.lot_handle END,
			CASE e.kind WHEN 'visit' THEN e.times ELSE 0 END, e.firsts,
			CASE e.kind WHEN 'never_issued' THEN e.times ELSE 0 END, CASE e.kind WHEN 'mistyped' THEN e.times ELSE 0 END,
			CASE e.kind WHEN 'robot' THEN e.times ELSE 0 END
		FROM edges AS e
	), sums AS (
		SELECT p.key, sum(p.visits) AS visits, sum(p.firsts) AS firsts, sum(p.never_issued) AS never_issued,
			sum(p.mistyped) AS mistyped, sum(p.robots) AS robots
		FROM pieces AS p GROUP BY p.key
	), ranked AS (
		SELECT least(row_number() OVER (ORDER BY s.visits DESC, s.never_issued + s.mistyped + s.robots DESC, s.key), 51)
			AS place, s.* FROM sums AS s
	), told AS (
		SELECT r.place, CASE WHEN r.place <= 50 THEN min(r.key) END AS key, sum(r.visits) AS visits, sum(r.firsts) AS firsts,
			sum(r.never_issued) AS never_issued, sum(r.mistyped) AS mistyped, sum(r.robots) AS robots
		FROM ranked AS r GROUP BY r.place
	)
	SELECT code.check_figures(CASE of_part WHEN 'lot' THEN coalesce(n.lot, '') ELSE t.key END, t.visits, t.firsts,
		t.never_issued, t.mistyped, t.robots, jsonb_build_object('others', t.key IS NULL)
			|| CASE WHEN of_part <> 'country' AND t.key IS NOT NULL THEN jsonb_build_object('gtin', left(t.key, 14),
				'name', (SELECT p.name FROM trace.product_now AS p WHERE p.gtin = left(t.key, 14)::bigint LIMIT 1)) ELSE '{}' END)
	FROM told AS t LEFT JOIN code.lot_name AS n
		ON of_part = 'lot' AND n.gtin = left(t.key, 14)::bigint AND n.lot_handle = substr(t.key, 15)
	ORDER BY t.place;
END $$;

-- Items with most visits, whenever they were.
CREATE FUNCTION code.checks_often(of_gtin bigint, zone text) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('gtin', lpad(c.gtin::text, 14, '0'), 'serial', c.serial, 'visits', c.visits,
		'last', base.local_time(c.last_at, zone))
	FROM trace.gtin_owner AS o CROSS JOIN LATERAL (
		SELECT * FROM code.check_often AS c WHERE c.gtin = o.gtin ORDER BY c.visits DESC, c.serial LIMIT 20) AS c
	WHERE o.brand_id = base.session_brand() AND of_gtin IN (0, o.gtin)
	ORDER BY c.visits DESC, c.gtin, c.serial LIMIT 20
$$;

-- The document of the page: no day given (NULL): the last thirty.
CREATE FUNCTION code.checks(of_from date, of_to date, of_gtin bigint, of_part text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	zone text := (SELECT time_zone FROM trace.brand WHERE id = base.session_brand());
	today date := (now() AT TIME ZONE zone)::date;
	to_day date := coalesce(of_to, today);
	from_day date := coalesce(of_from, to_day - 29);
	rows jsonb;
BEGIN
	IF from_day > to_day THEN
		PERFORM code.refuse(400, 'The period ends before it begins.',
			json_build_object('member', 'to', 'code', 'period_order'));
	END IF;
	IF to_day - from_day > 366 OR from_day < '2000-01-01' OR to_day > today + 366 THEN
		PERFORM code.refuse(400, 'A period has at most 367 days.',
			json_build_object('member', 'from', 'code', 'period_long', 'limit', '367 days'));
	END IF;
	IF of_gtin <> 0 AND NOT EXISTS (SELECT FROM trace.gtin_owner AS o
			WHERE o.brand_id = base.session_brand() AND o.gtin = of_gtin) THEN
		PERFORM code.refuse(404, 'The brand has no such product.', json_build_object('member', 'gtin', 'code', 'no_product'));
	END IF;
	SELECT coalesce(jsonb_agg(r), '[]') INTO rows FROM (
		SELECT * FROM code.checks_by_day(zone, from_day, to_day, of_gtin) WHERE of_part = 'day'
		UNION ALL SELECT * FROM code.checks_by_hour(zone, from_day, to_day, of_gtin) WHERE of_part = 'hour'
	) AS s (r);
	IF of_part IN ('product', 'lot', 'country') THEN
		SELECT coalesce(jsonb_agg(r), '[]') INTO rows FROM code.checks_by_part(zone, from_day, to_day, of_gtin, of_part) AS r;
	END IF;
	RETURN jsonb_build_object('time_zone', zone, 'from', from_day, 'to', to_day, 'by', of_part,
		'gtin', CASE WHEN of_gtin <> 0 THEN lpad(of_gtin::text, 14, '0') END,
		'total', (SELECT code.check_figures('', sum(visits), sum(firsts), sum(never_issued), sum(mistyped), sum(robots), '{}') - 'key'
			FROM code.check_time WHERE brand_id = base.session_brand() AND gtin = of_gtin
				AND quarter >= base.day_begins(from_day, zone) AND quarter < base.day_begins(to_day + 1, zone)),
		'rows', rows,
		'often', (SELECT coalesce(jsonb_agg(r), '[]') FROM code.checks_often(of_gtin, zone) AS r));
END $$;

-- --- the log of changes, as the console shows it ---

-- The conditions that are asked for and no others, so that each finds its index. Who: with or without "user:".
CREATE FUNCTION audit.conditions(who text, action text, object text, of_from date, of_to date) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT concat(
		CASE WHEN who <> '' THEN format(' AND e.who IN (%L, %L, %L)', who, 'user:' || who, 'line:' || who) END,
		CASE WHEN action <> '' THEN format(' AND e.action = %L', action) END,
		CASE WHEN object <> '' THEN format(' AND e.object COLLATE "C" >= %L AND e.object COLLATE "C" < %L',
			object, object || chr(1114111)) END,
		CASE WHEN of_from IS NOT NULL THEN format(' AND e.at >= base.day_begins(%L, %L)', of_from, b.time_zone) END,
		CASE WHEN of_to IS NOT NULL THEN format(' AND e.at < base.day_begins(%L, %L)', of_to + 1, b.time_zone) END)
	FROM trace.brand AS b WHERE b.id = base.session_brand()
$$;

-- A page of entries, newest first, before the entry `before` (0: the newest), and the state of the chain.
CREATE FUNCTION audit.shown(who text, action text, object text, of_from date, of_to date, before bigint, most integer)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	zone text := (SELECT time_zone FROM trace.brand WHERE id = base.session_brand());
	entries jsonb;
BEGIN
	EXECUTE format('SELECT coalesce(jsonb_agg(t ORDER BY id DESC), ''[]'') FROM (
			SELECT e.id, s.number, base.local_time(e.at, %L) AS at, e.who, e.action, e.object, e.via, e.details,
				encode(s.hash, ''hex'') AS hash
			FROM audit.entry AS e LEFT JOIN audit.seal AS s ON s.entry_id = e.id
			WHERE e.brand_id = base.session_brand() %s %s ORDER BY e.id DESC LIMIT %s) AS t', zone,
		audit.conditions(who, action, object, of_from, of_to),
		CASE WHEN before > 0 THEN format('AND e.id < %s', before) END, most + 1) INTO entries;
	RETURN jsonb_build_object(
		'entries', CASE WHEN jsonb_array_length(entries) > most THEN entries - most ELSE entries END,
		'next', CASE WHEN jsonb_array_length(entries) > most THEN entries -> most - 1 -> 'id' END,
		'who', who, 'action', action, 'object', object, 'from', of_from, 'to', of_to, 'time_zone', zone,
		'chain', (SELECT jsonb_build_object('number', s.number, 'head', encode(s.hash, 'hex'),
				'sealed_at', base.local_time(s.sealed_at, zone))
			FROM audit.seal AS s WHERE s.brand_id = base.session_brand() ORDER BY s.number DESC LIMIT 1),
		'unsealed', (SELECT count(*) FROM audit.unsealed AS u WHERE u.brand_id = base.session_brand()),
		'oldest_seconds', (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at))::bigint, 0)
			FROM audit.unsealed AS u JOIN audit.entry AS e ON e.id = u.entry_id WHERE u.brand_id = base.session_brand()));
END $$;

-- Lines of an export as src/store/audit.h describes them, behind a number, at most so many.
CREATE FUNCTION audit.exported(who text, action text, object text, of_from date, of_to date, behind bigint, most integer)
RETURNS TABLE (number bigint, line text) LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT s.number, json_build_object(''chain'', s.brand_id, ''number'', s.number,
			''brand'', e.brand_id, ''id'', e.id,
			''at'', to_char(e.at AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.US"Z"''), ''who'', e.who,
			''action'', e.action, ''object'', e.object, ''via'', e.via, ''details'', e.details::text,
			''marks'', encode(s.marks, ''hex''), ''hash'', encode(s.hash, ''hex''))::text
		FROM audit.seal AS s JOIN audit.entry AS e ON e.id = s.entry_id
		WHERE s.brand_id = base.session_brand() AND s.number > %s %s ORDER BY s.number LIMIT %s',
		behind, audit.conditions(who, action, object, of_from, of_to), most);
END $$;
