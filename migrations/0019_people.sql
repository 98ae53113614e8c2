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
-- set a password with, a ticket for who gave the password and has still to give a code.
CREATE TABLE team.pass (
	id         text PRIMARY KEY CHECK (id ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
	kind       text NOT NULL CHECK (kind IN ('session', 'token', 'link', 'ticket')),
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

-- What only the functions below read: no role has a right to these tables. Passwords by Argon2id; the secret of
-- the second factor (RFC 6238) and the last time step it was used for, so that each code counts once.
CREATE TABLE team.secret (
	account_id  bigint PRIMARY KEY REFERENCES team.account,
	password    text,
	password_at timestamptz,
	totp        bytea CHECK (length(totp) = 20),
	totp_at     timestamptz,                    -- asked for since; before, it is only on offer
	totp_step   bigint NOT NULL DEFAULT 0
);
CREATE TABLE team.recovery (
	account_id bigint NOT NULL REFERENCES team.account,
	sha256     bytea NOT NULL CHECK (length(sha256) = 32),
	used_at    timestamptz,
	PRIMARY KEY (account_id, sha256)
);
-- From where an account signed in before.
CREATE TABLE team.place (
	account_id bigint NOT NULL REFERENCES team.account,
	household  inet NOT NULL,
	seen_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, household)
);
-- Who has to wait after tries that failed; what it is about only as a hash: a name that somebody typed may be
-- a password.
CREATE TABLE team.slow (
	key      bytea PRIMARY KEY,
	failures integer NOT NULL,
	at       timestamptz NOT NULL,
	until    timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The four bytes of IPv4, the /64 of IPv6.
CREATE FUNCTION team.household(address inet) RETURNS inet
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE family(address) WHEN 4 THEN host(address)::inet ELSE network(set_masklen(address, 64))::inet END
$$;

-- Counts a try that is taken for a failure until team.forgive() says other. Beyond `free` of them each doubles the
-- wait, to `most` seconds; a day without one and all is forgotten. Who still has to wait is told how long. One
-- statement decides, so that a thousand tries at once are a thousand tries.
CREATE FUNCTION team.count_try(kind text, what text, free integer, most integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	of_key bytea := sha256(convert_to(kind || ' ' || what, 'UTF8'));
	left_over integer;
BEGIN
	INSERT INTO team.slow AS s VALUES (of_key, 1, clock_timestamp(), clock_timestamp())
	ON CONFLICT (key) DO UPDATE SET
		failures = CASE WHEN s.at < clock_timestamp() - interval '1 day' THEN 1 ELSE least(s.failures + 1, 1000) END,
		at = clock_timestamp(),
		until = clock_timestamp() + make_interval(secs => CASE
			WHEN s.at < clock_timestamp() - interval '1 day' OR s.failures + 1 < free THEN 0
			ELSE least(most, 2 ^ least(s.failures + 1 - free, 20)) END)
	WHERE s.until <= clock_timestamp();
	IF NOT FOUND THEN
		SELECT ceil(extract(epoch FROM s.until - clock_timestamp())) INTO left_over FROM team.slow AS s WHERE s.key = of_key;
		left_over := greatest(coalesce(left_over, 1), 1);
		PERFORM code.refuse(429, format('Too many tries that failed: wait %s s.', left_over),
			json_build_object('retry_after', left_over, 'code', 'too_many_tries'));
	END IF;
	IF random() < 0.01 THEN
		DELETE FROM team.slow AS s WHERE s.at < clock_timestamp() - interval '2 days';
	END IF;
END $$;
CREATE FUNCTION team.forgive(kind text, what text) RETURNS void
LANGUAGE sql AS $$
	DELETE FROM team.slow AS s WHERE s.key = sha256(convert_to(kind || ' ' || what, 'UTF8'))
$$;
-- One that did not fail after all; those before it stay.
CREATE FUNCTION team.uncount(kind text, what text) RETURNS void
LANGUAGE sql AS $$
	UPDATE team.slow AS s SET failures = greatest(s.failures - 1, 0), until = clock_timestamp()
	WHERE s.key = sha256(convert_to(kind || ' ' || what, 'UTF8'))
$$;
REVOKE EXECUTE ON FUNCTION team.household, team.count_try, team.forgive, team.uncount FROM suyuan_console, suyuan_jobs;

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

-- --- signing in ---
-- The console verifies passwords and codes and then asks for a session, so whoever has taken over a console worker
-- can sign in as anybody whose hash it is given: one name at a time, counted as a try. It cannot read a table of
-- secrets, and can work for another brand only by saying so in begin_session(), which the log of changes shows.

CREATE FUNCTION team.has_admin() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM team.account WHERE 'admin' = ANY (roles) AND ended_at IS NULL)
$$;

-- A try to sign in stands in the log, whatever comes of it: what succeeded makes a row of team.pass.
CREATE FUNCTION team.note_try(of_account bigint, action text, address inet) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM audit.note_for(a.brand_id, 'user:' || a.name, action, 'team.account ' || a.id,
		jsonb_strip_nulls(jsonb_build_object('address', host(address))))
	FROM team.account AS a WHERE a.id = of_account;
END $$;
REVOKE EXECUTE ON FUNCTION team.note_try FROM suyuan_console, suyuan_jobs;

-- Of the account that is to sign in; NULL where there is none or it has no password yet. From where the account
-- signed in before, only failures from there count: who tries from elsewhere cannot lock its owner out.
CREATE FUNCTION team.ask_password(of_name text, of_address inet, OUT account_id bigint, OUT password text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	home inet := team.household(of_address);
BEGIN
	PERFORM team.count_try('address', home::text, 20, 900);
	SELECT a.id, s.password INTO account_id, password
	FROM team.account AS a JOIN team.secret AS s ON s.account_id = a.id
	WHERE a.name = of_name AND a.ended_at IS NULL;
	IF EXISTS (SELECT FROM team.place AS p WHERE p.account_id = ask_password.account_id AND p.household = home) THEN
		PERFORM team.count_try('place', of_name || ' ' || home::text, 10, 900);
	ELSE
		PERFORM team.count_try('account', of_name, 5, 60);
	END IF;
	PERFORM team.note_try(account_id, 'sign_in_try', of_address);
END $$;

CREATE FUNCTION team.add_pass(of_kind text, of_account bigint, of_id text, of_sha256 bytea, of_label text,
	of_address inet, life interval, idle interval) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO team.pass (id, kind, brand_id, account_id, sha256, label, address, ends_at, idle)
	SELECT of_id, of_kind, a.brand_id, a.id, of_sha256, left(of_label, 200), of_address,
		clock_timestamp() + life, coalesce(idle, interval '100 years')
	FROM team.account AS a WHERE a.id = of_account
$$;
-- In the name of that account from here on, to the end of the transaction.
CREATE FUNCTION team.be(of_account bigint) RETURNS void
LANGUAGE sql AS $$
	SELECT set_config('suyuan.by', 'user:' || a.name, true), set_config('suyuan.brand', a.brand_id::text, true)
	FROM team.account AS a WHERE a.id = of_account;
	SELECT;
$$;
-- A session of who proved to be it; forgets the failures that were his own.
CREATE FUNCTION team.let_in(of_account bigint, of_id text, of_sha256 bytea, of_label text, of_address inet,
	life interval, idle interval) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	of_name text := (SELECT a.name FROM team.account AS a WHERE a.id = of_account);
	home inet := team.household(of_address);
BEGIN
	PERFORM team.forgive('account', of_name), team.forgive('place', of_name || ' ' || home::text),
		team.forgive('code', of_account::text), team.uncount('address', home::text);
	INSERT INTO team.place VALUES (of_account, home)
		ON CONFLICT ON CONSTRAINT place_pkey DO UPDATE SET seen_at = now();
	DELETE FROM team.place AS p WHERE p.account_id = of_account AND p.seen_at < now() - interval '90 days';
	PERFORM team.add_pass('session', of_account, of_id, of_sha256, of_label, of_address, life, idle);
END $$;

-- With the right password, which the console has verified against `of_password`. Makes a session, or a ticket
-- where a code is asked for.
CREATE FUNCTION team.sign_in(of_account bigint, of_password text, of_id text, of_sha256 bytea, of_label text,
	of_address inet, life interval, idle interval) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_secret team.secret;
BEGIN
	SELECT s.* INTO of_secret FROM team.secret AS s JOIN team.account AS a ON a.id = s.account_id
	WHERE s.account_id = of_account AND s.password = of_password AND a.ended_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(401, 'Name or password is wrong.', '{"code": "wrong_password"}');
	END IF;
	PERFORM team.be(of_account);
	IF of_secret.totp_at IS NOT NULL THEN
		PERFORM team.add_pass('ticket', of_account, of_id, of_sha256, of_label, of_address, interval '5 minutes', NULL);
		RETURN 'ticket';
	END IF;
	PERFORM team.let_in(of_account, of_id, of_sha256, of_label, of_address, life, idle);
	RETURN 'session';
END $$;

CREATE FUNCTION team.holder(of_kind text, of_id text, of_sha256 bytea) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	of_account bigint;
BEGIN
	SELECT p.account_id INTO of_account FROM team.pass AS p JOIN team.account AS a ON a.id = p.account_id
	WHERE p.id = of_id AND p.kind = of_kind AND p.sha256 = of_sha256 AND p.ended_at IS NULL
		AND p.ends_at > clock_timestamp() AND a.ended_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(410, CASE of_kind WHEN 'link' THEN 'This link was used or has ended: ask for a new one.'
			ELSE 'This took too long: sign in again.' END, json_build_object('code',
			CASE of_kind WHEN 'link' THEN 'link_ended' ELSE 'ticket_ended' END));
	END IF;
	RETURN of_account;
END $$;

-- For who holds a ticket: what codes are verified with, and the step that was used last.
CREATE FUNCTION team.ask_code(of_id text, of_sha256 bytea, OUT totp bytea, OUT step bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_account bigint := team.holder('ticket', of_id, of_sha256);
BEGIN
	PERFORM team.count_try('code', of_account::text, 5, 900);
	PERFORM team.note_try(of_account, 'code_try', NULL);
	SELECT s.totp, s.totp_step INTO totp, step FROM team.secret AS s WHERE s.account_id = of_account;
END $$;

-- Each time step, and each recovery code, once.
CREATE FUNCTION team.use_code(of_account bigint, of_step bigint, recovery bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF recovery IS NOT NULL THEN
		UPDATE team.recovery AS r SET used_at = now()
		WHERE r.account_id = of_account AND r.sha256 = recovery AND r.used_at IS NULL;
	ELSE
		UPDATE team.secret AS s SET totp_step = of_step WHERE s.account_id = of_account AND s.totp_step < of_step;
	END IF;
	IF NOT FOUND THEN
		PERFORM code.refuse(403, 'This code is wrong or was used.', '{"member": "code", "code": "wrong_code"}');
	END IF;
END $$;
CREATE FUNCTION team.sign_in_code(ticket text, ticket_sha256 bytea, of_step bigint, recovery bytea, of_id text,
	of_sha256 bytea, life interval, idle interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_account bigint := team.holder('ticket', ticket, ticket_sha256);
BEGIN
	PERFORM team.be(of_account);
	PERFORM team.use_code(of_account, of_step, recovery);
	UPDATE team.pass AS p SET ended_at = now() WHERE p.id = ticket;
	PERFORM team.let_in(of_account, of_id, of_sha256, p.label, p.address, life,
		sign_in_code.idle) FROM team.pass AS p WHERE p.id = ticket;
END $$;

CREATE FUNCTION team.sign_out(of_id text, of_sha256 bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.be(p.account_id) FROM team.pass AS p WHERE p.id = of_id AND p.sha256 = of_sha256;
	UPDATE team.pass AS p SET ended_at = now()
	WHERE p.id = of_id AND p.sha256 = of_sha256 AND p.kind = 'session' AND p.ended_at IS NULL;
END $$;

-- --- the one-time link ---

CREATE FUNCTION team.show_link(of_id text, of_sha256 bytea, OUT name text, OUT brand text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_account bigint := team.holder('link', of_id, of_sha256);
BEGIN
	SELECT a.name, coalesce(b.name ->> 'zh-CN', b.name ->> 'en', b.name ->> 'und', b.slug) INTO name, brand
	FROM team.account AS a JOIN trace.brand AS b ON b.id = a.brand_id WHERE a.id = of_account;
END $$;

-- Ends the sessions and links of an account, but for one.
CREATE FUNCTION team.end_passes(of_account bigint, but text) RETURNS void
LANGUAGE sql AS $$
	UPDATE team.pass AS p SET ended_at = now() WHERE p.account_id = of_account
		AND p.kind IN ('session', 'link', 'ticket') AND p.ended_at IS NULL AND p.id <> but
$$;
CREATE FUNCTION team.put_password(of_account bigint, of_password text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO team.secret AS s (account_id, password, password_at) VALUES (of_account, of_password, now())
	ON CONFLICT (account_id) DO UPDATE SET password = EXCLUDED.password, password_at = EXCLUDED.password_at;
	PERFORM audit.note(a.brand_id, 'password', 'team.account ' || a.id) FROM team.account AS a WHERE a.id = of_account;
END $$;
-- Sets the password and lets in; a second factor is still asked for. "session" or "ticket".
CREATE FUNCTION team.use_link(link text, link_sha256 bytea, of_password text, of_id text, of_sha256 bytea, of_label text,
	of_address inet, life interval, idle interval) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_account bigint;
BEGIN
	-- Once, whoever else comes with it now.
	PERFORM FROM team.pass AS p WHERE p.id = link FOR UPDATE;
	of_account := team.holder('link', link, link_sha256);
	PERFORM team.be(of_account);
	PERFORM team.end_passes(of_account, '');
	PERFORM team.put_password(of_account, of_password);
	RETURN team.sign_in(of_account, of_password, of_id, of_sha256, of_label, of_address, life, idle);
END $$;

-- --- one's own account ---
-- Of base.session_account(), which the console sets from what let it in.

CREATE FUNCTION team.me() RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF base.session_account() IS NULL OR NOT EXISTS (SELECT FROM team.account AS a
		WHERE a.id = base.session_account() AND a.brand_id = base.session_brand() AND a.ended_at IS NULL) THEN
		PERFORM code.refuse(403, 'This is for people who signed in.');
	END IF;
	RETURN base.session_account();
END $$;

CREATE FUNCTION team.utc(at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

CREATE FUNCTION team.passes(of_account bigint, of_kind text, current text) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_object('id', p.id, 'label', p.label, 'address', host(p.address),
		'made_at', team.utc(p.made_at), 'seen_at', team.utc(p.seen_at), 'ends_at', team.utc(p.ends_at),
		'current', p.id = current) ORDER BY p.made_at DESC, p.id), '[]')
	FROM team.pass AS p WHERE p.account_id = of_account AND p.kind = of_kind AND p.ended_at IS NULL
		AND p.ends_at > now() AND p.seen_at + p.idle > now()
$$;

-- `current` is the pass that it is asked with.
CREATE FUNCTION team.account_shown(current text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT json_build_object('name', a.name, 'roles', a.roles, 'made_at', team.utc(a.made_at),
		'password_at', team.utc(s.password_at), 'totp', s.totp_at IS NOT NULL,
		'recovery_left', (SELECT count(*) FROM team.recovery AS r WHERE r.account_id = a.id AND r.used_at IS NULL),
		'sessions', team.passes(a.id, 'session', current), 'tokens', team.passes(a.id, 'token', current))
	FROM team.account AS a LEFT JOIN team.secret AS s ON s.account_id = a.id WHERE a.id = team.me()
$$;

-- To be verified before what needs the password.
CREATE FUNCTION team.ask_own_password() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.count_try('own', team.me()::text, 5, 900);
	RETURN (SELECT s.password FROM team.secret AS s WHERE s.account_id = team.me());
END $$;
CREATE FUNCTION team.set_own_password(of_old text, of_password text, current text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF of_old IS DISTINCT FROM (SELECT s.password FROM team.secret AS s WHERE s.account_id = team.me()) THEN
		PERFORM code.refuse(409, 'The password was changed meanwhile.', '{"code": "wrong_password"}');
	END IF;
	PERFORM team.forgive('own', team.me()::text);
	PERFORM team.put_password(team.me(), of_password);
	PERFORM team.end_passes(team.me(), current);
END $$;

-- A secret on offer; that of an account that has one in use is never told again.
CREATE FUNCTION team.offer_totp(of_totp bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO team.secret AS s (account_id, totp) VALUES (team.me(), of_totp)
	ON CONFLICT (account_id) DO UPDATE SET totp = EXCLUDED.totp, totp_step = 0 WHERE s.totp_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(409, 'Codes are asked for already: turn that off first.', '{"code": "totp_on"}');
	END IF;
END $$;
CREATE FUNCTION team.offered_totp(OUT totp bytea, OUT name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT s.totp, a.name INTO totp, name FROM team.secret AS s JOIN team.account AS a ON a.id = s.account_id
	WHERE s.account_id = team.me() AND s.totp_at IS NULL AND s.totp IS NOT NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'No secret is on offer.');
	END IF;
END $$;
-- With a code of the secret on offer, verified by the console.
CREATE FUNCTION team.start_totp(of_totp bytea, of_step bigint, recovery text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE team.secret AS s SET totp_at = now(), totp_step = of_step
	WHERE s.account_id = team.me() AND s.totp = of_totp AND s.totp_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(409, 'Another secret is on offer meanwhile.', '{"code": "totp_on"}');
	END IF;
	DELETE FROM team.recovery AS r WHERE r.account_id = team.me();
	INSERT INTO team.recovery (account_id, sha256) SELECT team.me(), decode(h, 'hex') FROM unnest(recovery) AS h;
	PERFORM audit.note(base.session_brand(), 'totp_on', 'team.account ' || team.me());
END $$;
CREATE FUNCTION team.ask_own_code(OUT totp bytea, OUT step bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.count_try('code', team.me()::text, 5, 900);
	SELECT s.totp, s.totp_step INTO totp, step FROM team.secret AS s
	WHERE s.account_id = team.me() AND s.totp_at IS NOT NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(409, 'Codes are not asked for.', '{"code": "totp_off"}');
	END IF;
END $$;
CREATE FUNCTION team.drop_totp(of_account bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE team.secret AS s SET totp = NULL, totp_at = NULL, totp_step = 0 WHERE s.account_id = of_account;
	DELETE FROM team.recovery AS r WHERE r.account_id = of_account;
	PERFORM team.forgive('code', of_account::text);
	PERFORM audit.note(a.brand_id, 'totp_off', 'team.account ' || a.id) FROM team.account AS a WHERE a.id = of_account;
END $$;
CREATE FUNCTION team.stop_totp(of_step bigint, recovery bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.use_code(team.me(), of_step, recovery);
	PERFORM team.drop_totp(team.me());
END $$;

CREATE FUNCTION team.make_token(of_id text, of_sha256 bytea, of_label text, days integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT count(*) >= 50 FROM team.pass AS p WHERE p.account_id = team.me() AND p.kind = 'token'
		AND p.ended_at IS NULL AND p.ends_at > now()) THEN
		PERFORM code.refuse(409, 'An account may have 50 tokens: revoke one first.',
			'{"limit": 50, "code": "too_many_tokens"}');
	END IF;
	PERFORM team.add_pass('token', team.me(), of_id, of_sha256, of_label, NULL, make_interval(days => days), NULL);
	RETURN team.utc((SELECT p.ends_at FROM team.pass AS p WHERE p.id = of_id));
END $$;

CREATE FUNCTION team.is_admin() RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT session_user <> 'suyuan_console' OR EXISTS (SELECT FROM team.account AS a WHERE a.id = base.session_account()
		AND a.brand_id = base.session_brand() AND a.ended_at IS NULL AND 'admin' = ANY (a.roles))
$$;
-- A session or token: one's own, or for an admin of anybody of the brand.
CREATE FUNCTION team.end_pass(of_kind text, of_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE team.pass AS p SET ended_at = now()
	WHERE p.id = of_id AND p.kind = of_kind AND p.ended_at IS NULL AND p.brand_id = base.session_brand()
		AND (p.account_id = base.session_account() OR team.is_admin());
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such session or token.');
	END IF;
END $$;

-- --- the people of the brand ---

CREATE FUNCTION team.check_admin() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT team.is_admin() THEN
		PERFORM code.refuse(403, 'This is for admins of the brand.');
	END IF;
END $$;

CREATE FUNCTION team.people_shown() RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.check_admin();
	RETURN (SELECT json_build_object('people', coalesce(json_agg(json_build_object('id', a.id, 'name', a.name,
		'roles', a.roles, 'made_at', team.utc(a.made_at), 'ended_at', team.utc(a.ended_at),
		'has_password', s.password IS NOT NULL, 'totp', s.totp_at IS NOT NULL,
		'waits', EXISTS (SELECT FROM team.slow AS w WHERE w.until > now() AND w.key IN
			(sha256(convert_to('account ' || a.name, 'UTF8')), sha256(convert_to('code ' || a.id, 'UTF8')))),
		'seen_at', team.utc((SELECT max(p.seen_at) FROM team.pass AS p WHERE p.account_id = a.id
			AND p.kind IN ('session', 'token'))))
		ORDER BY a.ended_at IS NOT NULL, a.name), '[]'))
		FROM team.account AS a LEFT JOIN team.secret AS s ON s.account_id = a.id
		WHERE a.brand_id = base.session_brand());
END $$;

-- NULL: there is nobody with this id.
CREATE FUNCTION team.person_shown(of_account bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT person || jsonb_build_object('sessions', team.passes(of_account, 'session', ''),
			'tokens', team.passes(of_account, 'token', ''))
		FROM jsonb_array_elements(team.people_shown()::jsonb -> 'people') AS person
		WHERE (person ->> 'id')::bigint = of_account);
END $$;

-- Of the session's brand and not ended; 404 where there is none.
CREATE FUNCTION team.member(of_account bigint) RETURNS team.account
LANGUAGE plpgsql AS $$
DECLARE
	who team.account;
BEGIN
	PERFORM team.check_admin();
	-- One change of the team at a time: two admins who end each other would leave none.
	PERFORM pg_advisory_xact_lock('team.account'::regclass::oid::integer, base.session_brand()::integer);
	SELECT a.* INTO who FROM team.account AS a
	WHERE a.id = of_account AND a.brand_id = base.session_brand() AND a.ended_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is nobody with this id.');
	END IF;
	RETURN who;
END $$;
CREATE FUNCTION team.check_last_admin(of_account bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM team.account AS a WHERE a.brand_id = base.session_brand() AND a.id <> of_account
		AND a.ended_at IS NULL AND 'admin' = ANY (a.roles)) THEN
		PERFORM code.refuse(409, 'This is the last admin of the brand: make another one first.',
			'{"code": "last_admin"}');
	END IF;
END $$;

-- A link to set a password with, for 24 hours; those before it end.
CREATE FUNCTION team.make_link(of_account bigint, of_id text, of_sha256 bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who team.account := team.member(of_account);
BEGIN
	UPDATE team.pass AS p SET ended_at = now() WHERE p.account_id = who.id AND p.kind = 'link' AND p.ended_at IS NULL;
	PERFORM team.add_pass('link', who.id, of_id, of_sha256, '', NULL, interval '24 hours', NULL);
	RETURN who.name;
END $$;
CREATE FUNCTION team.add_account(of_name text, of_roles text[], of_id text, of_sha256 bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made bigint;
BEGIN
	PERFORM team.check_admin();
	IF of_name !~ '^[a-z0-9][a-z0-9._+@-]{0,99}$' THEN
		PERFORM code.refuse(400, 'name: 1 to 100 of a-z 0-9 . _ + @ -, beginning with a letter or digit.',
			'{"member": "name", "code": "user_name"}');
	END IF;
	INSERT INTO team.account (brand_id, name, roles) VALUES (base.session_brand(), of_name, of_roles)
		ON CONFLICT (name) DO NOTHING RETURNING id INTO made;
	IF made IS NULL THEN
		PERFORM code.refuse(409, 'There is somebody with this name already.', '{"member": "name", "code": "name_taken"}');
	END IF;
	PERFORM team.make_link(made, of_id, of_sha256);
	RETURN made;
END $$;
CREATE FUNCTION team.set_roles(of_account bigint, of_roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who team.account := team.member(of_account);
BEGIN
	IF NOT 'admin' = ANY (of_roles) AND 'admin' = ANY (who.roles) THEN
		PERFORM team.check_last_admin(who.id);
	END IF;
	UPDATE team.account AS a SET roles = of_roles WHERE a.id = who.id;
END $$;
CREATE FUNCTION team.end_account(of_account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who team.account := team.member(of_account);
BEGIN
	IF 'admin' = ANY (who.roles) THEN
		PERFORM team.check_last_admin(who.id);
	END IF;
	UPDATE team.account AS a SET ended_at = now() WHERE a.id = who.id;
	UPDATE team.pass AS p SET ended_at = now() WHERE p.account_id = who.id AND p.ended_at IS NULL;
END $$;
-- Forgets what it has to wait for; `totp` also its second factor, for who lost it with the recovery codes.
CREATE FUNCTION team.unlock(of_account bigint, totp boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who team.account := team.member(of_account);
BEGIN
	PERFORM team.forgive('account', who.name), team.forgive('code', who.id::text), team.forgive('own', who.id::text);
	PERFORM team.forgive('place', who.name || ' ' || p.household::text) FROM team.place AS p WHERE p.account_id = who.id;
	PERFORM audit.note(who.brand_id, 'unlock', 'team.account ' || who.id);
	IF totp THEN
		PERFORM team.drop_totp(who.id);
	END IF;
END $$;

-- Parts of the above, of no use to anybody alone.
REVOKE EXECUTE ON FUNCTION team.add_pass, team.be, team.let_in, team.holder, team.use_code, team.end_passes,
	team.put_password, team.passes, team.drop_totp, team.member, team.check_last_admin FROM suyuan_console, suyuan_jobs;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['account', 'pass', 'secret', 'recovery', 'place', 'slow']
	LOOP
		EXECUTE format('ALTER TABLE team.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE team.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON team.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		CONTINUE WHEN t NOT IN ('account', 'pass');
		EXECUTE format('CREATE POLICY own_brand ON team.%I TO suyuan_console
			USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand())', t);
	END LOOP;
END $$;
GRANT SELECT ON team.account TO suyuan_console, suyuan_jobs;
GRANT SELECT (id, kind, brand_id, account_id, label, address, made_at, seen_at, ends_at, ended_at)
	ON team.pass TO suyuan_console;
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'team'::regnamespace
	LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM suyuan_jobs', f);
	END LOOP;
END $$;

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
