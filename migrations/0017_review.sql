-- Mends of what a review of the public side found: the inbox, and the modes of links.

-- As in 0013, but for the first lines: the bound is computed once. A worker keeps its plan from when the queue
-- was empty, and `id IN (…)` then compared every row with every other.
CREATE OR REPLACE FUNCTION inbox.roll_up(most integer, apart interval) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	IF NOT pg_try_advisory_xact_lock('inbox.scan'::regclass::oid::bigint) THEN RETURN NULL; END IF;
	WITH taken AS (
		DELETE FROM inbox.scan WHERE id <= (
			SELECT max(id) FROM (SELECT id FROM inbox.scan ORDER BY id LIMIT most) AS first)
		RETURNING id, least(at, now()) AS at, gtin, serial, lot_handle, visitor, kind, country, times
	), known AS (
		SELECT t.*, t.kind = 'visit' AS is_visit,
			t.at - lag(t.at) OVER (PARTITION BY t.kind, t.gtin, t.serial, t.visitor ORDER BY t.at, t.id) AS after
		FROM taken AS t JOIN trace.gtin_owner AS o ON o.gtin = t.gtin
	), counted AS (
		SELECT k.* FROM known AS k
		-- By the index, however large the table and old its statistics are.
		LEFT JOIN LATERAL (
			SELECT at FROM inbox.recent
			WHERE gtin = k.gtin AND serial = k.serial AND visitor = k.visitor
			LIMIT 1
		) AS r ON k.is_visit
		WHERE NOT k.is_visit OR ((k.after IS NULL OR k.after >= apart)
			AND (r.at IS NULL OR r.at NOT BETWEEN k.at - apart AND k.at + apart))
	), remembered AS (
		INSERT INTO inbox.recent AS r (gtin, serial, visitor, at)
		SELECT gtin, serial, visitor, max(at) FROM counted WHERE is_visit
		GROUP BY gtin, serial, visitor
		ON CONFLICT (gtin, serial, visitor) DO UPDATE SET at = greatest(r.at, EXCLUDED.at)
	), seen AS (
		INSERT INTO pub.seen AS s (gtin, serial, visits, first_at)
		SELECT gtin, serial, count(*), min(at) FROM counted WHERE is_visit
		GROUP BY gtin, serial ORDER BY gtin, serial
		ON CONFLICT (gtin, serial) DO UPDATE
		SET visits = s.visits + EXCLUDED.visits, first_at = least(s.first_at, EXCLUDED.first_at)
	), summed AS (
		INSERT INTO code.check_count AS c (gtin, hour, lot_handle, country, kind, times)
		SELECT gtin, date_trunc('hour', at, 'UTC'), lot_handle, country, kind, sum(times) FROM counted
		GROUP BY 1, 2, 3, 4, 5
		ON CONFLICT (gtin, hour, lot_handle, country, kind) DO UPDATE SET times = c.times + EXCLUDED.times
	)
	SELECT count(*) INTO result FROM taken;
	RETURN result;
END $$;

-- The end of 0016, row by row: one statement may bring many. Reports without a photo go on where only photos
-- are too many.
DROP TRIGGER comes ON inbox.report;
CREATE OR REPLACE FUNCTION inbox.report_comes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT count(*) FROM (SELECT FROM inbox.report LIMIT 1000) AS waiting) = 1000
		OR (NEW.photo IS NOT NULL AND
			(SELECT count(*) FROM (SELECT FROM inbox.report WHERE photo IS NOT NULL LIMIT 200) AS waiting) = 200)
	THEN
		RAISE EXCEPTION 'too many reports wait' USING ERRCODE = 'SY503';
	END IF;
	PERFORM pg_notify('suyuan_job', '');
	RETURN NEW;
END $$;
CREATE TRIGGER comes BEFORE INSERT ON inbox.report FOR EACH ROW EXECUTE FUNCTION inbox.report_comes();

-- What is forgotten is found by its time.
CREATE INDEX recent_at ON inbox.recent (at);

-- --- links ---

-- As in 0015, but one after the other: a GTIN that came while the mode of its brand was being changed would have
-- kept the old one. One lock for all brands: a lock each would fill the table of locks where many come at once.
CREATE OR REPLACE FUNCTION pub.take_link_mode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock_shared('pub.link_brand'::regclass::oid::bigint);
	NEW.redirects := coalesce((SELECT b.redirects FROM pub.link_brand AS b WHERE b.brand_id = NEW.brand_id), false);
	RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION trace.set_link_mode(of_brand bigint, redirect boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock('pub.link_brand'::regclass::oid::bigint);
	INSERT INTO trace.link_mode (brand_id, redirects) VALUES (of_brand, redirect);
	INSERT INTO pub.link_brand VALUES (of_brand, redirect)
		ON CONFLICT (brand_id) DO UPDATE SET redirects = EXCLUDED.redirects;
	UPDATE pub.gtin AS g SET redirects = redirect
	FROM (SELECT gtin FROM pub.gtin WHERE brand_id = of_brand ORDER BY gtin FOR UPDATE) AS held
	WHERE g.gtin = held.gtin;
	PERFORM pub.touch_brand(of_brand);
END $$;
