-- What customers did with items: visits counted, PINs opened. The lookup process reads pub.seen with the
-- item; what it writes goes to schema inbox, or through functions that take no more than they need.

-- A row only for an item that somebody has looked at. The serial as issued, so that codes that are
-- computed and serials made elsewhere stand in one table.
CREATE TABLE pub.seen (
	gtin       bigint NOT NULL,
	serial     text COLLATE "C" NOT NULL,
	visits     bigint NOT NULL DEFAULT 0 CHECK (visits >= 0),
	first_at   timestamptz,                 -- of the first visit
	pin_tries  smallint NOT NULL DEFAULT 0, -- wrong ones
	pin_opened timestamptz,                 -- when the right PIN was given
	PRIMARY KEY (gtin, serial)
) WITH (fillfactor = 80);
ALTER TABLE pub.seen SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE pub.seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE pub.seen FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON pub.seen TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON pub.seen TO suyuan_console
	USING (EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = seen.gtin));
CREATE POLICY public ON pub.seen FOR SELECT TO suyuan_public USING (true);
GRANT SELECT ON pub.seen TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON pub.seen TO suyuan_jobs;

-- --- visits on their way ---------------------------------------------------------------------------

-- A queue, emptied every second by inbox.roll_up(): in the order it came, so no GTIN in front.
DROP TABLE inbox.scan;
CREATE TABLE inbox.scan (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at         timestamptz NOT NULL DEFAULT now() CHECK (isfinite(at)),
	gtin       bigint NOT NULL,
	serial     text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(serial) <= 20), -- of a visit, as issued
	lot_handle text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(lot_handle) <= 20),
	-- Who: a hash of address and program, with a key that is thrown away. NULL: need not be told apart.
	visitor    bigint,
	kind       text NOT NULL CHECK (kind IN ('visit', 'never_issued', 'mistyped', 'robot')),
	country    text NOT NULL DEFAULT '' CHECK (country ~ '^([A-Z]{2})?$'),
	times      integer NOT NULL DEFAULT 1 CHECK (times BETWEEN 1 AND 1000000),
	CHECK (kind <> 'visit' OR (serial <> '' AND visitor IS NOT NULL AND times = 1))
);
ALTER TABLE inbox.scan SET (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0);
GRANT INSERT (at, gtin, serial, lot_handle, visitor, kind, country, times) ON inbox.scan TO suyuan_public;
GRANT SELECT, UPDATE, DELETE ON inbox.scan TO suyuan_jobs;

-- Who was counted at which item, for as long as a look at it again is a reload.
CREATE TABLE inbox.recent (
	gtin    bigint NOT NULL,
	serial  text COLLATE "C" NOT NULL,
	visitor bigint NOT NULL,
	at      timestamptz NOT NULL,
	PRIMARY KEY (gtin, serial, visitor)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox.recent TO suyuan_jobs;

-- The keys of those hashes, one for each day (UTC), the same for every lookup worker.
CREATE TABLE pub.visitor_key (
	day date PRIMARY KEY,
	key bytea NOT NULL CHECK (length(key) = 16)
);
GRANT SELECT ON pub.visitor_key TO suyuan_public;
GRANT SELECT, INSERT, DELETE ON pub.visitor_key TO suyuan_jobs;

-- For today and the next day, before anybody needs them.
CREATE FUNCTION inbox.make_visitor_keys() RETURNS void LANGUAGE sql AS $$
	INSERT INTO pub.visitor_key (day, key)
	SELECT (now() AT TIME ZONE 'UTC')::date + n,
		substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 16)
	FROM generate_series(0, 1) AS n
	ON CONFLICT DO NOTHING
$$;

-- --- what a brand may see of it --------------------------------------------------------------------

-- How often codes were looked at, by hour and country; nothing of who looked.
CREATE TABLE code.check_count (
	gtin       bigint NOT NULL,
	hour       timestamptz NOT NULL,        -- when it began
	lot_handle text COLLATE "C" NOT NULL,   -- trace.lot_handle(); '' where no lot is known
	country    text NOT NULL,               -- '' where not known
	kind       text NOT NULL,               -- as in inbox.scan
	times      bigint NOT NULL CHECK (times > 0),
	PRIMARY KEY (gtin, hour, lot_handle, country, kind)
);
CREATE INDEX check_count_hour ON code.check_count USING brin (hour);
ALTER TABLE code.check_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE code.check_count FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON code.check_count TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON code.check_count TO suyuan_console
	USING (EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = check_count.gtin));
GRANT SELECT ON code.check_count TO suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON code.check_count TO suyuan_jobs;

-- --- counting --------------------------------------------------------------------------------------

-- Takes at most `most` rows of the inbox and counts them, in the caller's transaction: what is not
-- committed is counted by the next. A visitor counts once in `apart` at an item, whichever worker it
-- met and however often a row was sent. Gives how many rows were taken, NULL while another is at it.
-- No epoch changes: pages are not made anew because somebody looked.
CREATE FUNCTION inbox.roll_up(most integer, apart interval) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	IF NOT pg_try_advisory_xact_lock('inbox.scan'::regclass::oid::bigint) THEN RETURN NULL; END IF;
	WITH taken AS (
		DELETE FROM inbox.scan WHERE id IN (SELECT id FROM inbox.scan ORDER BY id LIMIT most)
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

-- Removes what is older than its time: rows nobody counted, who looked, keys of past days, sums (0
-- days: kept for ever). Gives how many rows of each.
CREATE FUNCTION inbox.forget(scan_days integer, visitor_hours integer, check_days integer,
	OUT scans bigint, OUT visitors bigint, OUT keys bigint, OUT checks bigint)
LANGUAGE plpgsql AS $$
BEGIN
	-- The two lock many rows, in an order of their own.
	PERFORM pg_advisory_xact_lock('inbox.scan'::regclass::oid::bigint);
	DELETE FROM inbox.scan WHERE at < now() - make_interval(days => scan_days);
	GET DIAGNOSTICS scans = ROW_COUNT;
	DELETE FROM inbox.recent WHERE at < now() - make_interval(hours => visitor_hours);
	GET DIAGNOSTICS visitors = ROW_COUNT;
	DELETE FROM pub.visitor_key WHERE day < (now() AT TIME ZONE 'UTC')::date - 1;
	GET DIAGNOSTICS keys = ROW_COUNT;
	DELETE FROM code.check_count
		WHERE check_days > 0 AND hour < now() - make_interval(days => check_days);
	GET DIAGNOSTICS checks = ROW_COUNT;
END $$;
