-- Serials made elsewhere (FEATURES P5): a row each, beside the codes that are computed. Whether one
-- could ever be taken for a computed code only the keys can tell, so src/model/foreign_serial.h checks
-- that before a row comes here.

-- GS1 AI (21): 1 to 20 of character set 82. "." and ".." are taken out of every web address on its way.
CREATE DOMAIN base.serial AS text COLLATE "C"
	CHECK (VALUE ~ '^[-!"%&''()*+,./0-9:;<=>?A-Z_a-z]{1,20}$' AND VALUE NOT IN ('.', '..'));

-- What was taken in at once: a file, or one request.
CREATE TABLE code.foreign_list (
	id       uuid PRIMARY KEY,
	brand_id bigint NOT NULL,
	gtin     base.gtin NOT NULL,
	lot      base.lot,
	source   text NOT NULL,                  -- the file's name
	added    bigint NOT NULL CHECK (added > 0),
	made_at  timestamptz NOT NULL DEFAULT now(),
	made_by  text NOT NULL DEFAULT session_user,
	FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin)
);
CREATE INDEX foreign_list_gtin ON code.foreign_list (gtin, made_at);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.foreign_list
	EXECUTE FUNCTION trace.refuse_change();

-- No foreign key to the list: checking a million of them takes longer than writing the rows.
CREATE TABLE code.foreign_item (
	gtin    base.gtin NOT NULL,
	serial  base.serial NOT NULL,
	list_id uuid NOT NULL,
	lot     base.lot,
	state   code.state NOT NULL DEFAULT 'provisioned',
	since   timestamptz NOT NULL DEFAULT now(),
	reason  base.words,
	PRIMARY KEY (gtin, serial)
);

-- What was done, in order; never changed.
CREATE TABLE code.foreign_event (
	gtin   base.gtin NOT NULL,
	id     bigint GENERATED ALWAYS AS IDENTITY,
	serial base.serial NOT NULL,
	state  code.state NOT NULL,
	at     timestamptz NOT NULL DEFAULT now(),
	by     text NOT NULL DEFAULT session_user,
	reason base.words,
	PRIMARY KEY (gtin, id)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.foreign_event
	EXECUTE FUNCTION trace.refuse_change();

-- What the lookup process reads; only of GTINs that are marked, so that a forged code of any other is
-- refused from memory as before. A mark stays.
ALTER TABLE pub.gtin ADD COLUMN has_foreign boolean NOT NULL DEFAULT false;
CREATE TABLE pub.foreign_item (
	gtin       bigint NOT NULL,
	serial     text COLLATE "C" NOT NULL,
	lot_handle text NOT NULL,               -- '' = no lot
	state      text NOT NULL,               -- a value of code.state
	since      timestamptz NOT NULL,
	reason     jsonb,
	PRIMARY KEY (gtin, serial)
);

-- --- who may ---

DO $$
DECLARE
	t regclass;
BEGIN
	FOREACH t IN ARRAY ARRAY['code.foreign_list', 'code.foreign_item', 'code.foreign_event',
		'pub.foreign_item']::regclass[]
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console
			USING (EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = %I.gtin))', t,
			(SELECT relname FROM pg_class WHERE oid = t));
	END LOOP;
END $$;
CREATE POLICY public ON pub.foreign_item FOR SELECT TO suyuan_public USING (true);

GRANT SELECT, INSERT ON code.foreign_list, code.foreign_item, code.foreign_event
	TO suyuan_console, suyuan_jobs;
GRANT UPDATE ON code.foreign_item TO suyuan_console, suyuan_jobs;
GRANT SELECT ON pub.foreign_item TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON pub.foreign_item TO suyuan_jobs;
GRANT INSERT, UPDATE ON pub.foreign_item TO suyuan_console;

-- --- taking in ---

-- Held shared by who takes serials in and alone by who makes a serial key, each to the end of its
-- transaction: what was checked against the keys must not meet a new one.
CREATE FUNCTION code.lock_serial_keys(alone boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF alone THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('suyuan serial keys', 0));
	ELSE
		PERFORM pg_advisory_xact_lock_shared(hashtextextended('suyuan serial keys', 0));
	END IF;
END $$;

-- Begins a list and gives its id. `checked_keys`: ids of the serial keys the serials were checked with.
CREATE FUNCTION code.foreign_begin(of_gtin bigint, checked_keys smallint[]) RETURNS uuid
LANGUAGE plpgsql AS $$
BEGIN
	IF code.session_line() IS NOT NULL THEN
		PERFORM code.line_may(of_gtin);
	ELSIF NOT EXISTS (SELECT FROM trace.gtin_owner WHERE gtin = of_gtin) THEN
		RAISE EXCEPTION 'gtin: no brand owns GTIN %', lpad(of_gtin::text, 14, '0')
			USING ERRCODE = 'SY403', DETAIL = '{"member":"gtin"}';
	END IF;
	PERFORM code.lock_serial_keys(false);
	IF EXISTS (SELECT FROM code.serial_key WHERE key_id <> ALL (checked_keys)) THEN
		RAISE EXCEPTION 'a serial key was made meanwhile: try again' USING ERRCODE = 'SY503';
	END IF;
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
	RETURN gen_random_uuid();
END $$;

-- Takes some serials into the list. One row for each that brought nothing new: 'repeated' came before in
-- this list, 'known' is from an earlier one, 'other_lot' too, but of another lot, which then stays.
CREATE FUNCTION code.foreign_take(list uuid, of_gtin bigint, of_lot base.lot, serials text[])
RETURNS TABLE (place bigint, outcome text, lot text)
LANGUAGE sql AS $$
	WITH given AS MATERIALIZED (
		SELECT u.serial, u.place, min(u.place) OVER (PARTITION BY u.serial) AS first, old.list_id, old.lot
		FROM unnest(serials) WITH ORDINALITY AS u (serial, place)
		LEFT JOIN code.foreign_item AS old ON old.gtin = of_gtin AND old.serial = u.serial
	), added AS (
		-- The owner's column holds a GTIN that was checked: not once more for every row.
		INSERT INTO code.foreign_item (gtin, serial, list_id, lot)
		SELECT o.gtin, g.serial, list, of_lot
		FROM given AS g JOIN trace.gtin_owner AS o ON o.gtin = of_gtin
		WHERE g.place = g.first AND g.list_id IS NULL
		RETURNING serial, since
	), shown AS (
		INSERT INTO pub.foreign_item (gtin, serial, lot_handle, state, since)
		SELECT of_gtin, a.serial, handle.of_lot, 'provisioned', a.since
		FROM added AS a CROSS JOIN (SELECT trace.lot_handle(of_gtin, of_lot)) AS handle (of_lot)
	)
	SELECT g.place, CASE WHEN g.list_id IS NULL OR g.list_id = list THEN 'repeated'
		WHEN g.lot IS DISTINCT FROM of_lot THEN 'other_lot' ELSE 'known' END, g.lot::text
	FROM given AS g
	WHERE g.place <> g.first OR g.list_id IS NOT NULL
	ORDER BY g.place
$$;

-- For a file of any length: the empty table it is COPYed into, outside a transaction, by number of its row
-- and line ...
CREATE FUNCTION code.foreign_open() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMPORARY TABLE foreign_row (at bigint PRIMARY KEY, line bigint NOT NULL,
		serial text COLLATE "C" NOT NULL);
END $$;

-- ... and its rows behind `done`, `most` of them, taken into the list.
CREATE FUNCTION code.foreign_take_rows(list uuid, of_gtin bigint, of_lot base.lot, done bigint, most bigint)
RETURNS TABLE (line bigint, serial text, outcome text, lot text)
LANGUAGE plpgsql AS $$
DECLARE
	lines bigint[];
	serials text[];
BEGIN
	SELECT array_agg(r.line ORDER BY r.at), array_agg(r.serial ORDER BY r.at) INTO lines, serials
	FROM pg_temp.foreign_row AS r WHERE r.at > done AND r.at <= done + most;
	RETURN QUERY SELECT lines[t.place], serials[t.place], t.outcome, t.lot
		FROM code.foreign_take(list, of_gtin, of_lot, serials) AS t;
END $$;
REVOKE EXECUTE ON FUNCTION code.foreign_open, code.foreign_take_rows FROM suyuan_console;

-- Ends a list that brought something: the lookup workers hear of it.
CREATE FUNCTION code.foreign_end(list uuid, of_gtin bigint, of_lot base.lot, from_where text,
	brought bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF brought = 0 THEN RETURN; END IF;
	INSERT INTO code.foreign_list (id, brand_id, gtin, lot, source, added, made_by)
		SELECT list, o.brand_id, o.gtin, of_lot, from_where, brought, code.actor()
		FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin;
	UPDATE pub.gtin SET has_foreign = true WHERE gtin = of_gtin AND NOT has_foreign;
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;

-- All of it for a request: one row for each serial that brought nothing new.
CREATE FUNCTION code.foreign_request(of_gtin bigint, of_lot base.lot, serials text[], checked_keys smallint[])
RETURNS TABLE (place bigint, outcome text, lot text)
LANGUAGE plpgsql AS $$
DECLARE
	list uuid := code.foreign_begin(of_gtin, checked_keys);
	nothing_new bigint;
BEGIN
	RETURN QUERY SELECT t.place, t.outcome, t.lot FROM code.foreign_take(list, of_gtin, of_lot, serials) AS t;
	GET DIAGNOSTICS nothing_new = ROW_COUNT;
	PERFORM code.foreign_end(list, of_gtin, of_lot, 'api', cardinality(serials) - nothing_new);
END $$;

-- --- the life of one ---

-- A step of each of these serials, by the rules of computed codes. One row for each different serial:
-- 'changed', 'same' (it is in that state already), 'refused' (`old` does not allow the step) or
-- 'unknown' (`old` is NULL then).
CREATE FUNCTION code.change_foreign(of_gtin bigint, serials text[], new code.state,
	why base.words DEFAULT NULL)
RETURNS TABLE (serial text, old code.state, outcome text)
LANGUAGE plpgsql AS $$
DECLARE
	hand text := code.actor();
BEGIN
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
	RETURN QUERY
	WITH given AS (
		SELECT DISTINCT u.serial, i.state FROM unnest(serials) AS u (serial)
		LEFT JOIN code.foreign_item AS i ON i.gtin = of_gtin AND i.serial = u.serial
	), hit AS (
		UPDATE code.foreign_item AS i SET state = new, since = now(), reason = why
		FROM given AS g
		WHERE i.gtin = of_gtin AND i.serial = g.serial AND code.may_follow(g.state, new)
		RETURNING i.gtin, i.serial
	), shown AS (
		UPDATE pub.foreign_item AS p SET state = new::text, since = now(), reason = why
		FROM hit WHERE p.gtin = of_gtin AND p.serial = hit.serial
	), written AS (
		INSERT INTO code.foreign_event (gtin, serial, state, by, reason)
		SELECT hit.gtin, hit.serial, new, hand, why FROM hit
	)
	SELECT g.serial, g.state, CASE WHEN g.state IS NULL THEN 'unknown' WHEN g.state = new THEN 'same'
		WHEN code.may_follow(g.state, new) THEN 'changed' ELSE 'refused' END
	FROM given AS g ORDER BY g.serial;
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;
