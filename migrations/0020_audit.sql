-- The log of changes (O7): who changed what of a brand, and what an auditor read. Entries are written in the
-- transaction of the change itself, by triggers, so that no way of changing can forget them.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO suyuan_console, suyuan_jobs;

CREATE TABLE audit.entry (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id bigint,                             -- NULL: of no single brand
	at       timestamptz NOT NULL DEFAULT clock_timestamp(),
	who      text NOT NULL DEFAULT base.session_by(),
	action   text NOT NULL,                      -- "insert", "update", "delete", "read", or a word of its own
	object   text NOT NULL,                      -- "trace.recall 17"; the address that was read
	via      text NOT NULL DEFAULT coalesce(current_setting('suyuan.action', true), ''),   -- of routes.def
	details  jsonb NOT NULL DEFAULT '{}'         -- {"column": [before, after]}, or members of its own
);
CREATE INDEX entry_brand ON audit.entry (brand_id, id DESC);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry
	EXECUTE FUNCTION trace.refuse_change();

-- Notes for what no row shows: signing in, refusals, exports, reads. Two doors to one insert: whoever the
-- console lets in notes for the brand of his session and for no other …
CREATE FUNCTION audit.note(of_brand bigint, of_action text, of_object text, of_details jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF session_user = 'suyuan_console' AND of_brand IS DISTINCT FROM base.session_brand() THEN
		RAISE EXCEPTION 'what is noted is of the brand of the session' USING ERRCODE = 'insufficient_privilege';
	END IF;
	INSERT INTO audit.entry (brand_id, action, object, details)
	VALUES (of_brand, left(of_action, 100), left(of_object, 1000), of_details);
END $$;
-- … and functions with the owner's rights, which know the brand before there is a session: a failed sign-in.
CREATE FUNCTION audit.note_for(of_brand bigint, by text, of_action text, of_object text, of_details jsonb DEFAULT '{}')
RETURNS void LANGUAGE sql AS $$
	INSERT INTO audit.entry (brand_id, who, action, object, details)
	VALUES (of_brand, left(by, 200), left(of_action, 100), left(of_object, 1000), of_details)
$$;
REVOKE EXECUTE ON FUNCTION audit.note_for FROM suyuan_console, suyuan_jobs;

-- A value as the log keeps it: what is long by its digest, so that no change can fill the log.
CREATE FUNCTION audit.short(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN octet_length(value::text) > 8192
		THEN jsonb_build_object('bytes', octet_length(value::text),
			'sha256', encode(sha256(convert_to(value::text, 'UTF8')), 'hex'))
		ELSE value END
$$;

-- Trigger of a watched table; its arguments are columns that are left out: secrets, and what is large.
CREATE FUNCTION audit.row_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
	after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
	row_now jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
	changed jsonb;
BEGIN
	SELECT coalesce(jsonb_object_agg(k, jsonb_build_array(audit.short(before -> k), audit.short(after -> k))), '{}')
	INTO changed
	FROM (SELECT jsonb_object_keys(before) UNION SELECT jsonb_object_keys(after)) AS t(k)
	WHERE before -> k IS DISTINCT FROM after -> k
		AND NOT k = ANY (coalesce(TG_ARGV, '{}'));
	IF TG_OP = 'UPDATE' AND changed = '{}' THEN RETURN NULL; END IF;
	INSERT INTO audit.entry (brand_id, action, object, details)
	VALUES (coalesce((row_now ->> 'brand_id')::bigint,
			CASE WHEN TG_TABLE_SCHEMA = 'trace' AND TG_TABLE_NAME = 'brand' THEN (row_now ->> 'id')::bigint END,
			(SELECT o.brand_id FROM trace.gtin_owner AS o WHERE o.gtin = (row_now ->> 'gtin')::bigint),
			base.session_brand()),
		lower(TG_OP), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME
			|| coalesce(' ' || coalesce(row_now ->> 'id', row_now ->> 'name', row_now ->> 'gtin'), ''), changed);
	RETURN NULL;
END $$;

-- Every change of the table's rows is logged from now on, but for these columns.
CREATE FUNCTION audit.watch(of_table regclass, VARIADIC left_out text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW
		EXECUTE FUNCTION audit.row_changed(%s)', of_table,
		(SELECT coalesce(string_agg(quote_literal(c), ', '), '') FROM unnest(left_out) AS c));
END $$;
REVOKE EXECUTE ON FUNCTION audit.watch FROM suyuan_console, suyuan_jobs;

SELECT audit.watch('team.account');
SELECT audit.watch('team.pass', 'sha256', 'seen_at');
SELECT audit.watch('trace.brand', 'lot_key');
SELECT audit.watch('trace.gtin_owner');
SELECT audit.watch('trace.visibility');
SELECT audit.watch('trace.recall');
SELECT audit.watch('trace.link');

-- --- the chain ---------------------------------------------------------------------------------------

-- Each brand has a chain of its own, and so have the entries of no single brand (0): number, and a hash over the
-- hash before and the whole entry. src/store/audit.h says byte by byte what is hashed. An entry is sealed after
-- its transaction was committed, in the order of sealing: identities are given before, in any order.
CREATE TABLE audit.seal (
	brand_id  bigint NOT NULL,                   -- the chain; 0: of no single brand
	number    bigint NOT NULL CHECK (number > 0),
	entry_id  bigint NOT NULL UNIQUE REFERENCES audit.entry,
	hash      bytea NOT NULL CHECK (length(hash) = 32),
	-- Of each field the first 8 bytes of its SHA-256: they prove nothing and tell which field it was.
	marks     bytea NOT NULL CHECK (length(marks) = 64),
	sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (brand_id, number)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.seal
	EXECUTE FUNCTION trace.refuse_change();

-- What waits for its seal: seen by the sealer when it is committed and not before, however late that is.
CREATE TABLE audit.unsealed (
	entry_id bigint PRIMARY KEY REFERENCES audit.entry,
	brand_id bigint NOT NULL
);
ALTER TABLE audit.unsealed SET (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0);
CREATE FUNCTION audit.wait_for_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO audit.unsealed (entry_id, brand_id) VALUES (NEW.id, coalesce(NEW.brand_id, 0));
	RETURN NULL;
END $$;
CREATE TRIGGER wait_for_seal AFTER INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.wait_for_seal();

-- The fields of an entry as they are hashed.
CREATE FUNCTION audit.fields(e audit.entry) RETURNS text[] LANGUAGE sql STABLE AS $$
	SELECT ARRAY[coalesce(e.brand_id::text, ''), e.id::text,
		to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
		e.who, e.action, e.object, e.via, e.details::text]
$$;
-- A text with its length in bytes before it, so that no two entries are the same bytes.
CREATE FUNCTION audit.framed(field text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT convert_to(octet_length(field) || ':' || field || ',', 'UTF8')
$$;

-- Seals at most `most` entries in the caller's transaction; gives how many, NULL while another is at it.
CREATE FUNCTION audit.seal_waiting(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	entry record;
	chain bigint;
	number bigint;
	hash bytea;
	result bigint := 0;
BEGIN
	IF NOT pg_try_advisory_xact_lock('audit.seal'::regclass::oid::bigint) THEN RETURN NULL; END IF;
	FOR entry IN
		WITH taken AS (
			DELETE FROM audit.unsealed AS u
			WHERE u.entry_id IN (SELECT entry_id FROM audit.unsealed ORDER BY entry_id LIMIT most)
			RETURNING u.entry_id, u.brand_id)
		SELECT t.entry_id, t.brand_id AS chain, audit.fields(e) AS fields FROM taken AS t JOIN audit.entry AS e ON e.id = t.entry_id
		ORDER BY t.brand_id, t.entry_id
	LOOP
		IF chain IS DISTINCT FROM entry.chain THEN
			chain := entry.chain;
			number := 0;
			hash := decode(repeat('00', 32), 'hex');
			SELECT s.number, s.hash INTO number, hash FROM audit.seal AS s
				WHERE s.brand_id = entry.chain ORDER BY s.number DESC LIMIT 1;
			number := coalesce(number, 0);
			hash := coalesce(hash, decode(repeat('00', 32), 'hex'));
		END IF;
		number := number + 1;
		hash := sha256(hash || audit.framed('suyuan-audit-1') || audit.framed(number::text)
			|| (SELECT string_agg(audit.framed(f), '' ORDER BY n) FROM unnest(entry.fields) WITH ORDINALITY AS t(f, n)));
		INSERT INTO audit.seal (brand_id, number, entry_id, hash, marks)
		VALUES (chain, number, entry.entry_id, hash, (SELECT
			string_agg(substr(sha256(convert_to(f, 'UTF8')), 1, 8), '' ORDER BY n)
			FROM unnest(entry.fields) WITH ORDINALITY AS t(f, n)));
		result := result + 1;
	END LOOP;
	RETURN result;
END $$;
REVOKE EXECUTE ON FUNCTION audit.seal_waiting FROM suyuan_console;

-- --- who may see it ----------------------------------------------------------------------------------

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['entry', 'seal', 'unsealed']
	LOOP
		EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON audit.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON audit.%I TO suyuan_console USING (brand_id = base.session_brand())', t);
		EXECUTE format('GRANT SELECT ON audit.%I TO suyuan_console, suyuan_jobs', t);
	END LOOP;
END $$;

-- What the console filters by.
CREATE INDEX entry_who ON audit.entry (brand_id, who, id DESC);
CREATE INDEX entry_object ON audit.entry (brand_id, object COLLATE "C", id DESC);
CREATE INDEX entry_at ON audit.entry (brand_id, at);
