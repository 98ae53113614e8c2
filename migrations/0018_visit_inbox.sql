-- The inbox of visits takes what a worker saw in half a second as one row of arrays: a row a visit cost
-- PostgreSQL three times as much as all the rest of noting it.

ALTER TABLE inbox.scan RENAME TO scan_single;
ALTER TABLE inbox.scan_single RENAME CONSTRAINT scan_pkey TO scan_single_pkey;

-- The lookup process writes here and nothing looks at it before inbox.roll_up(), which drops what cannot be:
-- arrays of other lengths, NULLs, words that are none. Nothing of it can make that fail.
CREATE TABLE inbox.scan (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at         timestamptz NOT NULL DEFAULT now(),
	looks      integer NOT NULL GENERATED ALWAYS AS (cardinality(gtin)) STORED CHECK (looks BETWEEN 1 AND 1024),
	age        integer[] NOT NULL,          -- ms before `at`
	gtin       bigint[] NOT NULL,
	serial     text[] COLLATE "C" NOT NULL, -- of a visit, as issued
	lot_handle text[] COLLATE "C" NOT NULL,
	-- Who: a hash of address and program, with a key that is thrown away. NULL: need not be told apart.
	visitor    bigint[] NOT NULL,
	kind       text[] COLLATE "C" NOT NULL, -- visit, never_issued, mistyped, robot
	country    text[] COLLATE "C" NOT NULL, -- of two letters, '' where not known
	times      integer[] NOT NULL,
	-- As many at most as there are looks, each as long as it may be.
	CHECK (pg_column_size(age) + pg_column_size(gtin) + pg_column_size(serial) + pg_column_size(lot_handle)
		+ pg_column_size(visitor) + pg_column_size(kind) + pg_column_size(country) + pg_column_size(times) <= 196608)
);
ALTER TABLE inbox.scan
	ALTER COLUMN age SET STORAGE EXTERNAL, ALTER COLUMN gtin SET STORAGE EXTERNAL,
	ALTER COLUMN serial SET STORAGE EXTERNAL, ALTER COLUMN lot_handle SET STORAGE EXTERNAL,
	ALTER COLUMN visitor SET STORAGE EXTERNAL, ALTER COLUMN kind SET STORAGE EXTERNAL,
	ALTER COLUMN country SET STORAGE EXTERNAL, ALTER COLUMN times SET STORAGE EXTERNAL,
	SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
GRANT INSERT (age, gtin, serial, lot_handle, visitor, kind, country, times) ON inbox.scan TO suyuan_public;
GRANT SELECT, DELETE ON inbox.scan TO suyuan_jobs;

-- What nobody has counted yet.
INSERT INTO inbox.scan (at, age, gtin, serial, lot_handle, visitor, kind, country, times)
SELECT now(), array_agg(least(extract(epoch FROM now() - at) * 1000, 2147483647)::integer ORDER BY id),
	array_agg(gtin ORDER BY id), array_agg(serial ORDER BY id), array_agg(lot_handle ORDER BY id),
	array_agg(visitor ORDER BY id), array_agg(kind ORDER BY id), array_agg(country ORDER BY id),
	array_agg(times ORDER BY id)
FROM (SELECT s.*, (row_number() OVER (ORDER BY id) - 1) / 1024 AS piece FROM inbox.scan_single AS s
	WHERE at > now() - interval '24 days') AS s
GROUP BY piece ORDER BY piece;
DROP TABLE inbox.scan_single;

-- Who was counted at which item, for as long as a look at it again is a reload: as one number, which is shorter to
-- keep and to find, and tells nothing of the item.
CREATE FUNCTION inbox.who(gtin bigint, serial text, visitor bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT hashtextextended(serial, hashint8extended(gtin, visitor))
$$;
ALTER TABLE inbox.recent RENAME TO recent_named;
CREATE TABLE inbox.recent (
	who bigint NOT NULL,
	at  timestamptz NOT NULL
);
INSERT INTO inbox.recent (who, at)
SELECT inbox.who(gtin, serial, visitor), max(at) FROM inbox.recent_named GROUP BY 1;
DROP TABLE inbox.recent_named;
ALTER TABLE inbox.recent ADD PRIMARY KEY (who);
CREATE INDEX recent_at ON inbox.recent (at);
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox.recent TO suyuan_jobs;

-- As in 0017, from arrays: takes whole rows, in the order they came, until they hold `most` looks or more. What
-- the lookup process may not have meant is left out here. A look that was sent twice counts once, as before.
CREATE OR REPLACE FUNCTION inbox.roll_up(most integer, apart interval) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
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
		SELECT k.* FROM known AS k
		-- By the index, however large the table and old its statistics are.
		LEFT JOIN LATERAL (SELECT at FROM inbox.recent WHERE who = k.who LIMIT 1) AS r ON true
		WHERE (k.after IS NULL OR k.after >= apart)
			AND (r.at IS NULL OR r.at NOT BETWEEN k.at - apart AND k.at + apart)
	), remembered AS (
		INSERT INTO inbox.recent AS r (who, at)
		SELECT who, max(at) FROM counted GROUP BY who
		ON CONFLICT (who) DO UPDATE SET at = greatest(r.at, EXCLUDED.at)
	), seen AS (
		INSERT INTO pub.seen AS s (gtin, serial, visits, first_at)
		SELECT gtin, serial, count(*), min(at) FROM counted
		GROUP BY gtin, serial ORDER BY gtin, serial
		ON CONFLICT (gtin, serial) DO UPDATE
		SET visits = s.visits + EXCLUDED.visits, first_at = least(s.first_at, EXCLUDED.first_at)
	), summed AS (
		INSERT INTO code.check_count AS c (gtin, hour, lot_handle, country, kind, times)
		SELECT gtin, date_trunc('hour', at, 'UTC'), lot_handle, country, kind, sum(times)
		FROM (SELECT gtin, at, lot_handle, country, kind, times FROM counted
			UNION ALL SELECT gtin, at, lot_handle, country, kind, times FROM looks WHERE NOT is_visit) AS c
		GROUP BY 1, 2, 3, 4, 5
		ON CONFLICT (gtin, hour, lot_handle, country, kind) DO UPDATE SET times = c.times + EXCLUDED.times
	)
	SELECT coalesce(sum(looks), 0) INTO result FROM taken;
	RETURN result;
END $$;

-- As in 0013; of the inbox it gives how many looks.
CREATE OR REPLACE FUNCTION inbox.forget(scan_days integer, visitor_hours integer, check_days integer,
	OUT scans bigint, OUT visitors bigint, OUT keys bigint, OUT checks bigint)
LANGUAGE plpgsql AS $$
BEGIN
	-- The two lock many rows, in an order of their own.
	PERFORM pg_advisory_xact_lock('inbox.scan'::regclass::oid::bigint);
	WITH gone AS (DELETE FROM inbox.scan WHERE at < now() - make_interval(days => scan_days) RETURNING looks)
	SELECT coalesce(sum(looks), 0) INTO scans FROM gone;
	DELETE FROM inbox.recent WHERE at < now() - make_interval(hours => visitor_hours);
	GET DIAGNOSTICS visitors = ROW_COUNT;
	DELETE FROM pub.visitor_key WHERE day < (now() AT TIME ZONE 'UTC')::date - 1;
	GET DIAGNOSTICS keys = ROW_COUNT;
	DELETE FROM code.check_count
		WHERE check_days > 0 AND hour < now() - make_interval(days => check_days);
	GET DIAGNOSTICS checks = ROW_COUNT;
END $$;
