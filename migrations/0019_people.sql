-- The people of a brand: accounts with roles, what lets them in, and in whose name a transaction of the
-- console works. Secrets stand in tables of their own that no role of ours can read: they are asked
-- through functions that answer only to who has the secret.

CREATE SCHEMA team;
GRANT USAGE ON SCHEMA team TO suyuan_console, suyuan_jobs;

CREATE TABLE team.account (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id bigint NOT NULL REFERENCES trace.brand,
	name     text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._+@-]{0,99}$'),   -- to sign in with
	roles    text[] NOT NULL CHECK (cardinality(roles) BETWEEN 1 AND 6    -- src/model/role.h
		AND roles <@ ARRAY['line', 'viewer', 'editor', 'quality', 'auditor', 'admin']),
	made_at  timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz,                        -- may do nothing since
	UNIQUE (brand_id, id)
);

-- What lets an account in (src/model/access_key.h): a browser's session, a program's token, a link to
-- set a password with.
CREATE TABLE team.pass (
	id         text PRIMARY KEY CHECK (id ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
	kind       text NOT NULL CHECK (kind IN ('session', 'token', 'link')),
	brand_id   bigint NOT NULL,
	account_id bigint NOT NULL,
	sha256     bytea NOT NULL CHECK (length(sha256) = 32),
	label      text NOT NULL DEFAULT '' CHECK (length(label) <= 200),   -- the program, or what a token is for
	address    inet,
	made_at    timestamptz NOT NULL DEFAULT now(),
	seen_at    timestamptz NOT NULL DEFAULT now(),       -- to the minute
	ends_at    timestamptz NOT NULL,
	idle       interval NOT NULL DEFAULT interval '100 years',          -- ends when not seen for so long
	ended_at   timestamptz,
	FOREIGN KEY (brand_id, account_id) REFERENCES team.account (brand_id, id)
);
CREATE INDEX pass_account ON team.pass (account_id);

-- Who comes with a secret. With the owner's rights, because nobody has a brand before.
CREATE FUNCTION team.enter(of_kind text, of_id text, of_sha256 bytea,
	OUT account_id bigint, OUT brand_id bigint, OUT name text, OUT roles text, OUT brand text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seen timestamptz;
BEGIN
	SELECT a.id, a.brand_id, a.name, array_to_string(a.roles, ','),
		coalesce(b.name ->> 'zh-CN', b.name ->> 'en', b.name ->> 'und', b.slug), p.seen_at
	INTO account_id, brand_id, name, roles, brand, seen
	FROM team.pass AS p JOIN team.account AS a ON a.id = p.account_id JOIN trace.brand AS b ON b.id = a.brand_id
	WHERE p.id = of_id AND p.kind = of_kind AND p.sha256 = of_sha256 AND p.ended_at IS NULL
		AND p.ends_at > clock_timestamp() AND p.seen_at + p.idle > clock_timestamp() AND a.ended_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(401, CASE of_kind WHEN 'token'
			THEN 'This token is not valid: it is mistyped, has ended or was revoked.'
			ELSE 'You are not signed in, or no longer.' END);
	END IF;
	IF seen < clock_timestamp() - interval '1 minute' THEN
		UPDATE team.pass AS p SET seen_at = clock_timestamp() WHERE p.id = of_id;
	END IF;
END $$;

-- --- in whose name ---

-- The account of the session; none for lines, jobs and the operator.
CREATE FUNCTION base.session_account() RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT nullif(current_setting('suyuan.account', true), '')::bigint
$$;
-- "user:NAME", "line:NAME"; the database's user where no one signed in.
CREATE FUNCTION base.session_by() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(nullif(current_setting('suyuan.by', true), ''), session_user)
$$;

-- To the end of the transaction; 0 and '' for none. `action` is the name of the address asked (routes.def).
CREATE FUNCTION base.begin_session(brand bigint, line bigint, account bigint, by text, action text) RETURNS void
LANGUAGE sql AS $$
	SELECT set_config('suyuan.brand', coalesce(nullif(brand, 0)::text, ''), true),
		set_config('suyuan.line', coalesce(nullif(line, 0)::text, ''), true),
		set_config('suyuan.account', coalesce(nullif(account, 0)::text, ''), true),
		set_config('suyuan.by', by, true), set_config('suyuan.action', action, true);
	SELECT;
$$;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['account', 'pass']
	LOOP
		EXECUTE format('ALTER TABLE team.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE team.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON team.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON team.%I TO suyuan_console
			USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand())', t);
	END LOOP;
END $$;
GRANT SELECT ON team.account TO suyuan_console, suyuan_jobs;
GRANT SELECT (id, kind, brand_id, account_id, label, address, made_at, seen_at, ends_at, ended_at)
	ON team.pass TO suyuan_console;
REVOKE EXECUTE ON FUNCTION team.enter FROM suyuan_jobs;

-- Records say who gave them, where someone signed in.
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['product', 'facility', 'supplier', 'material', 'lot', 'material_lot', 'lot_input',
		'step', 'inspection', 'document']
	LOOP
		EXECUTE format('ALTER TABLE trace.%I ALTER COLUMN recorded_by SET DEFAULT base.session_by()', t);
	END LOOP;
	ALTER TABLE trace.visibility ALTER COLUMN decided_by SET DEFAULT base.session_by();
	ALTER TABLE trace.recall ALTER COLUMN decided_by SET DEFAULT base.session_by();
END $$;
