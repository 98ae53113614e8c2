-- The public projection: all that the lookup process can read, and nothing that is private.
-- Documents hold only what policy allows (src/store/sql/project_*.sql); what was hidden since is in
-- pub.hide and is left out on reading until the documents are made anew.

-- Which database this is: part of every cache key.
CREATE TABLE pub.instance (
	id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	only_one  boolean NOT NULL DEFAULT true UNIQUE CHECK (only_one)
);
INSERT INTO pub.instance DEFAULT VALUES;

CREATE TABLE pub.brand (
	brand_id bigint PRIMARY KEY,
	document jsonb NOT NULL                 -- {"name": {lang: …}, "contact": {…}, "accent": "#…"}
);

-- One row a GTIN with codes or a public page, held in the memory of every lookup worker.
-- `epoch` grows with every change of anything public under the GTIN; `tx` makes the table its own
-- feed: a reader asks for rows whose tx is at or above the xmin of its last snapshot.
CREATE TABLE pub.gtin (
	gtin     bigint PRIMARY KEY,
	brand_id bigint NOT NULL,
	issued   bigint NOT NULL DEFAULT 0,     -- counters below this were issued
	epoch    bigint NOT NULL DEFAULT 1,
	tx       xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX gtin_tx ON pub.gtin (tx);
CREATE INDEX gtin_brand ON pub.gtin (brand_id);

CREATE TABLE pub.product (
	gtin     bigint PRIMARY KEY,
	document jsonb NOT NULL
);

-- A lot is known here by trace.lot_handle() alone: its number is shown by its document, or nowhere.
CREATE TABLE pub.lot (
	gtin       bigint NOT NULL,
	lot_handle text NOT NULL,
	document   jsonb NOT NULL,
	PRIMARY KEY (gtin, lot_handle)
);

-- Running recalls; handle '' covers every lot of the GTIN.
CREATE TABLE pub.recall (
	gtin       bigint NOT NULL,
	lot_handle text NOT NULL DEFAULT '',
	started_at timestamptz NOT NULL,
	reason     jsonb NOT NULL,              -- text by language
	PRIMARY KEY (gtin, lot_handle)
);

-- Denied since the documents were made; gtin 0 = every GTIN of the brand. `decision` is the row of
-- trace.visibility that denied: who cleans up after an older one must leave a newer one standing.
CREATE TABLE pub.hide (
	brand_id bigint NOT NULL,
	gtin     bigint NOT NULL DEFAULT 0,
	field    text NOT NULL,
	decision bigint NOT NULL,
	PRIMARY KEY (brand_id, gtin, field)
);

-- Runs of counters with one state; `first` and `last` are both inside.
CREATE TABLE pub.run (
	gtin          bigint NOT NULL,
	first         bigint NOT NULL,
	last          bigint NOT NULL,
	key_id        smallint NOT NULL,
	serial_length smallint NOT NULL,
	lot_handle    text NOT NULL,            -- '' = no lot
	state         text NOT NULL,            -- a value of code.state
	since         timestamptz NOT NULL,
	PRIMARY KEY (gtin, first)
);

CREATE TABLE pub.item (
	gtin    bigint NOT NULL,
	counter bigint NOT NULL,
	state   text NOT NULL,
	since   timestamptz NOT NULL,
	reason  jsonb,
	PRIMARY KEY (gtin, counter)
);

-- The wrapped keys: worthless without the master key, which the database never sees.
CREATE TABLE pub.serial_key (
	key_id  smallint PRIMARY KEY,
	wrapped bytea NOT NULL,
	tx      xid8 NOT NULL DEFAULT pg_current_xact_id()
);

GRANT SELECT ON ALL TABLES IN SCHEMA pub TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pub TO suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON pub.gtin, pub.recall, pub.hide, pub.run, pub.item TO suyuan_console;
REVOKE INSERT, UPDATE, DELETE ON pub.instance FROM suyuan_jobs;

-- Says that something public changed under these GTINs: every lookup worker drops what it holds.
-- Always in one order, and once a transaction, so that no two wait for each other.
CREATE FUNCTION pub.touch(gtins bigint[]) RETURNS void LANGUAGE sql AS $$
	UPDATE pub.gtin AS g SET epoch = epoch + 1, tx = pg_current_xact_id()
	FROM (SELECT gtin FROM pub.gtin WHERE gtin = ANY (gtins) ORDER BY gtin FOR UPDATE) AS held
	WHERE g.gtin = held.gtin;
	SELECT pg_notify('suyuan_change', '');
$$;
CREATE FUNCTION pub.touch_brand(brand bigint) RETURNS void LANGUAGE sql AS $$
	UPDATE pub.gtin AS g SET epoch = epoch + 1, tx = pg_current_xact_id()
	FROM (SELECT gtin FROM pub.gtin WHERE brand_id = brand ORDER BY gtin FOR UPDATE) AS held
	WHERE g.gtin = held.gtin;
	SELECT pg_notify('suyuan_change', '');
$$;

-- Rows for GTINs that have none yet, so that touching them reaches every reader.
CREATE FUNCTION pub.know_gtins(gtins bigint[]) RETURNS void LANGUAGE sql AS $$
	INSERT INTO pub.gtin (gtin, brand_id)
		SELECT gtin, brand_id FROM trace.gtin_owner WHERE gtin = ANY (gtins) ORDER BY gtin
		ON CONFLICT DO NOTHING;
$$;

-- For who changes states: one at a time a GTIN, to the end of the transaction.
CREATE FUNCTION pub.lock_gtins(gtins bigint[]) RETURNS void LANGUAGE sql AS $$
	SELECT pub.know_gtins(gtins);
	SELECT count(*) FROM (SELECT FROM pub.gtin WHERE gtin = ANY (gtins) ORDER BY gtin FOR UPDATE) AS held;
	SELECT;
$$;

-- For who writes documents: one at a time a brand, to the end of the transaction. Not the rows of
-- pub.gtin: hiding a field touches those and must not wait.
CREATE FUNCTION pub.lock_documents(gtins bigint[]) RETURNS void LANGUAGE sql AS $$
	SELECT pub.know_gtins(gtins);
	SELECT count(pg_advisory_xact_lock('pub.product'::regclass::oid::integer, brand_id::integer))
		FROM (SELECT DISTINCT brand_id FROM trace.gtin_owner WHERE gtin = ANY (gtins)
			ORDER BY brand_id) AS brands;
	SELECT;
$$;

-- Changing the state of codes. Both say how many codes changed, how many may not take that step
-- and the states that forbid it; a code that is in the state already counts as neither. They end
-- with the lookup workers told.

-- The steps a code with a state of its own takes along with its run. No block is lifted: one that was
-- blocked by itself, stolen perhaps, is not put back into use by a step of its batch.
CREATE FUNCTION code.may_follow_in_run(old code.state, new code.state) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT code.may_follow(old, new) AND NOT (old = 'blocked' AND new IN ('commissioned', 'consumed'))
$$;

-- Runs `from_counter` to `to_counter` and the single items among them. A run is cut at the edges; pieces
-- of one batch that touch, with the same state since the same day, become one. pub.run has the
-- same rows as code.run.
CREATE FUNCTION code.change_run(of_gtin bigint, from_counter bigint, to_counter bigint,
	new code.state, why base.words DEFAULT NULL,
	OUT changed bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	asked int8range := int8range(from_counter, to_counter, '[]');
BEGIN
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);

	SELECT coalesce(sum(n) FILTER (WHERE state <> new AND may), 0),
		coalesce(sum(n) FILTER (WHERE state <> new AND NOT may), 0),
		string_agg(DISTINCT state::text, ', ') FILTER (WHERE n > 0 AND state <> new AND NOT may)
	INTO changed, refused, refusing
	FROM (
		SELECT r.state, code.may_follow(r.state, new), upper(r.counters * asked) - lower(r.counters * asked)
			- (SELECT count(*) FROM code.item AS i WHERE i.gtin = of_gtin AND i.counter <@ (r.counters * asked))
		FROM code.run AS r WHERE r.gtin = of_gtin AND r.counters && asked
		UNION ALL
		SELECT state, code.may_follow_in_run(state, new), count(*) FROM code.item
		WHERE gtin = of_gtin AND counter BETWEEN from_counter AND to_counter
		GROUP BY state) AS t(state, may, n);
	IF changed = 0 THEN RETURN; END IF;

	WITH hit AS (
		DELETE FROM code.run
		WHERE gtin = of_gtin AND counters && int8range(greatest(from_counter, 1) - 1, to_counter + 1, '[]')
		RETURNING counters, batch_id, state, since
	), gone AS (
		DELETE FROM pub.run AS p USING hit WHERE p.gtin = of_gtin AND p.first = lower(hit.counters)
		RETURNING p.first
	), piece AS (
		SELECT batch_id, counters * int8range(NULL, from_counter) AS counters, state, since FROM hit
		UNION ALL
		SELECT batch_id, counters * asked,
			CASE WHEN code.may_follow(state, new) THEN new ELSE state END,
			CASE WHEN code.may_follow(state, new) THEN now() ELSE since END FROM hit
		UNION ALL
		SELECT batch_id, counters * int8range(to_counter + 1, NULL), state, since FROM hit
	), edge AS (
		SELECT *, counters -|- lag(counters) OVER near
			AND batch_id = lag(batch_id) OVER near AND state = lag(state) OVER near
			AND date_trunc('day', since, 'UTC') = date_trunc('day', lag(since) OVER near, 'UTC') AS same
		FROM piece WHERE NOT isempty(counters)
		WINDOW near AS (ORDER BY lower(counters))
	), island AS (
		SELECT *, count(*) FILTER (WHERE same IS NOT TRUE) OVER (ORDER BY lower(counters)) AS number FROM edge
	), merged AS (
		SELECT int8range(min(lower(counters)), max(upper(counters))) AS counters,
			min(batch_id::text)::uuid AS batch_id, min(state) AS state, min(since) AS since
		FROM island GROUP BY number
	), put AS (
		INSERT INTO code.run (gtin, counters, batch_id, state, since)
		SELECT of_gtin, counters, batch_id, state, since FROM merged
	)
	INSERT INTO pub.run (gtin, first, last, key_id, serial_length, lot_handle, state, since)
	SELECT of_gtin, lower(m.counters), upper(m.counters) - 1, b.key_id, b.serial_length,
		trace.lot_handle(of_gtin, b.lot), m.state::text, m.since
	FROM merged AS m JOIN code.batch AS b ON b.id = m.batch_id
	-- Every old row is gone before the first new one comes.
	WHERE (SELECT count(*) FROM gone) >= 0;

	WITH item AS (
		UPDATE code.item SET state = new, since = now(), reason = why
		WHERE gtin = of_gtin AND counter BETWEEN from_counter AND to_counter
			AND code.may_follow_in_run(state, new)
		RETURNING counter
	)
	UPDATE pub.item AS p SET state = new::text, since = now(), reason = why
	FROM item WHERE p.gtin = of_gtin AND p.counter = item.counter;

	INSERT INTO code.event (gtin, counters, state, reason) VALUES (of_gtin, asked, new, why);
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;

CREATE FUNCTION code.change_item(of_gtin bigint, of_counter bigint, new code.state,
	why base.words DEFAULT NULL, OUT changed bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	old code.state;
BEGIN
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
	SELECT coalesce((SELECT i.state FROM code.item AS i WHERE i.gtin = of_gtin AND i.counter = of_counter),
		(SELECT r.state FROM code.run AS r WHERE r.gtin = of_gtin AND r.counters @> of_counter))
	INTO old;
	IF old IS NULL THEN
		RAISE EXCEPTION 'this code was never issued' USING ERRCODE = 'no_data_found';
	END IF;
	changed := 0;
	refused := 0;
	IF old = new THEN RETURN; END IF;
	IF NOT code.may_follow(old, new) THEN
		refused := 1;
		refusing := old;
		RETURN;
	END IF;
	changed := 1;
	INSERT INTO code.item (gtin, counter, state, reason) VALUES (of_gtin, of_counter, new, why)
		ON CONFLICT (gtin, counter) DO UPDATE
		SET state = EXCLUDED.state, since = now(), reason = EXCLUDED.reason;
	INSERT INTO pub.item (gtin, counter, state, since, reason) VALUES (of_gtin, of_counter, new::text, now(), why)
		ON CONFLICT (gtin, counter) DO UPDATE
		SET state = EXCLUDED.state, since = EXCLUDED.since, reason = EXCLUDED.reason;
	INSERT INTO code.event (gtin, counters, state, reason)
		VALUES (of_gtin, int8range(of_counter, of_counter, '[]'), new, why);
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;
