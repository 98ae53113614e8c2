-- Who may become more than he is: the secrets of second factors are sealed by the master key (src/model/totp_seal.h), what
-- opens another way in is asked the password, a new password ends every other way in.
-- Replaces of 0019_people.sql: ask_password, let_in, ask_code, ask_own_code, sign_in_code, start_totp, stop_totp, offer_totp's CHECK,
-- end_passes, set_own_password, make_link, set_roles, unlock; of 0021_fields.sql: project_scope; of 0025_recall.sql:
-- halt_approve, halt_set_rule.

-- --- secrets of second factors: sealed, 49 bytes; from before in the clear, 20, until they are used ---

ALTER TABLE team.secret DROP CONSTRAINT secret_totp_check;
ALTER TABLE team.secret ADD CONSTRAINT secret_totp_check CHECK (length(totp) IN (20, 49));
UPDATE team.secret SET totp = NULL WHERE totp_at IS NULL AND totp IS NOT NULL;   -- on offer only: is offered anew

DROP FUNCTION team.ask_code(text, bytea);
-- For who holds a ticket: whose it is, what codes are verified with, and the step that was used last.
CREATE FUNCTION team.ask_code(of_id text, of_sha256 bytea, OUT totp bytea, OUT step bigint, OUT account bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	account := team.holder('ticket', of_id, of_sha256);
	PERFORM team.count_try('code', account::text, 5, 900);
	PERFORM team.note_try(account, 'code_try', NULL);
	SELECT s.totp, s.totp_step INTO totp, step FROM team.secret AS s WHERE s.account_id = account;
END $$;

DROP FUNCTION team.sign_in_code(text, bytea, bigint, bytea, text, bytea, interval, interval);
-- `sealed`: what takes the place of a secret that stood in the clear; else NULL.
CREATE FUNCTION team.sign_in_code(ticket text, ticket_sha256 bytea, of_step bigint, recovery bytea, of_id text,
	of_sha256 bytea, life interval, idle interval, sealed bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_account bigint := team.holder('ticket', ticket, ticket_sha256);
BEGIN
	PERFORM team.be(of_account);
	PERFORM team.use_code(of_account, of_step, recovery);
	UPDATE team.secret AS s SET totp = sealed
	WHERE s.account_id = of_account AND sealed IS NOT NULL AND length(s.totp) = 20;
	UPDATE team.pass AS p SET ended_at = now() WHERE p.id = ticket;
	PERFORM team.let_in(of_account, of_id, of_sha256, p.label, p.address, life,
		sign_in_code.idle) FROM team.pass AS p WHERE p.id = ticket;
END $$;

-- --- the password, where somebody may have found the browser open ---

-- The console has verified it against `of_password`, which team.ask_own_password() told and counted.
CREATE FUNCTION team.check_own_password(of_password text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF of_password IS DISTINCT FROM (SELECT s.password FROM team.secret AS s WHERE s.account_id = team.me()) THEN
		PERFORM code.refuse(409, 'The password was changed meanwhile.', '{"code": "wrong_password"}');
	END IF;
	PERFORM team.forgive('own', team.me()::text);
END $$;

-- Every way in of an account, but for one.
CREATE OR REPLACE FUNCTION team.end_passes(of_account bigint, but text) RETURNS void
LANGUAGE sql AS $$
	UPDATE team.pass AS p SET ended_at = now()
	WHERE p.account_id = of_account AND p.ended_at IS NULL AND p.id <> but
$$;
CREATE OR REPLACE FUNCTION team.set_own_password(of_old text, of_password text, current text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.check_own_password(of_old);
	PERFORM team.put_password(team.me(), of_password);
	PERFORM team.end_passes(team.me(), current);
END $$;

DROP FUNCTION team.start_totp(bytea, bigint, text[]);
-- With a code of the secret on offer, verified by the console.
CREATE FUNCTION team.start_totp(of_password text, of_totp bytea, of_step bigint, recovery text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.check_own_password(of_password);
	UPDATE team.secret AS s SET totp_at = now(), totp_step = of_step
	WHERE s.account_id = team.me() AND s.totp = of_totp AND s.totp_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(409, 'Another secret is on offer meanwhile.', '{"code": "totp_on"}');
	END IF;
	DELETE FROM team.recovery AS r WHERE r.account_id = team.me();
	INSERT INTO team.recovery (account_id, sha256) SELECT team.me(), decode(h, 'hex') FROM unnest(recovery) AS h;
	PERFORM audit.note(base.session_brand(), 'totp_on', 'team.account ' || team.me());
END $$;

DROP FUNCTION team.stop_totp(bigint, bytea);
CREATE FUNCTION team.stop_totp(of_password text, of_step bigint, recovery bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.check_own_password(of_password);
	PERFORM team.use_code(team.me(), of_step, recovery);
	PERFORM team.drop_totp(team.me());
END $$;

-- The operator's `suyuan user token` makes one without; the console does not.
CREATE FUNCTION team.make_own_token(of_password text, of_id text, of_sha256 bytea, of_label text, days integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM team.check_own_password(of_password);
	RETURN team.make_token(of_id, of_sha256, of_label, days);
END $$;
REVOKE EXECUTE ON FUNCTION team.make_token FROM suyuan_console;

-- A link to set a password with, for 24 hours; those before it end. Not for oneself: it would go round the password.
CREATE OR REPLACE FUNCTION team.make_link(of_account bigint, of_id text, of_sha256 bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who team.account := team.member(of_account);
BEGIN
	IF who.id = base.session_account() THEN
		PERFORM code.refuse(409, 'Nobody makes a link for himself: change the password in the account.',
			'{"code": "own_link"}');
	END IF;
	UPDATE team.pass AS p SET ended_at = now() WHERE p.account_id = who.id AND p.kind = 'link' AND p.ended_at IS NULL;
	PERFORM team.add_pass('link', who.id, of_id, of_sha256, '', NULL, interval '24 hours', NULL);
	PERFORM team.lay_hand(who.id);
	RETURN who.name;
END $$;

REVOKE EXECUTE ON FUNCTION team.check_own_password FROM suyuan_console, suyuan_jobs;
REVOKE EXECUTE ON FUNCTION team.ask_code, team.sign_in_code, team.start_totp, team.stop_totp, team.make_own_token
	FROM suyuan_jobs;

-- --- least rights: the console writes no document that the public reads ---

-- With the owner's rights, for the brand of the session; what the documents say follows from the records and the
-- decisions alone, so asking for it again and again changes nothing. As in 0021_fields.sql otherwise.
CREATE OR REPLACE FUNCTION trace.project_scope(of_brand bigint, of_gtin bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	all_of_them bigint[] := trace.scope_gtins(of_brand, of_gtin);
	hidden jsonb := trace.hidden_of(all_of_them);
	touched bigint[];
	uncovered bigint[];
	of_lots bigint[];
	names text[];
BEGIN
	IF session_user = 'suyuan_console' AND (of_brand IS DISTINCT FROM base.session_brand() OR (of_gtin <> 0 AND NOT
		EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin AND o.brand_id = of_brand))) THEN
		PERFORM code.refuse(403, 'This is of another brand.');
	END IF;
	PERFORM pub.lock_documents(all_of_them);
	SELECT gtins INTO touched FROM trace.write_products(all_of_them);
	SELECT coalesce(array_agg(l.gtin), '{}'), coalesce(array_agg(l.lot), '{}') INTO of_lots, names
	FROM (SELECT DISTINCT o.gtin::bigint AS gtin, o.lot::text AS lot FROM trace.lot AS o
		WHERE o.gtin = ANY (all_of_them)) AS l;
	SELECT touched || gtins INTO touched FROM trace.write_lots(of_lots, names);
	SELECT gtins INTO uncovered FROM trace.unhide(hidden);
	IF touched || uncovered <> '{}' THEN
		PERFORM pub.touch(touched || uncovered);
	END IF;
END $$;
REVOKE INSERT, UPDATE, DELETE ON pub.product, pub.lot, pub.photo FROM suyuan_console;
REVOKE EXECUTE ON FUNCTION trace.write_products, trace.write_lots FROM suyuan_console;

-- --- two persons are two: not one and an account in that one's hand ---

-- Who made an account, gave it its roles, a new link or took its second factor, last. Operators stand above it.
CREATE TABLE team.hand (
	account_id bigint NOT NULL REFERENCES team.account,
	by_account bigint NOT NULL REFERENCES team.account,
	at         timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account_id, by_account)
);
ALTER TABLE team.hand ENABLE ROW LEVEL SECURITY;
ALTER TABLE team.hand FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON team.hand TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);

-- For so long is an account held to be in the hand of who did that.
CREATE FUNCTION team.hand_time() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '24 hours' $$;

CREATE FUNCTION team.lay_hand(of_account bigint) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO team.hand (account_id, by_account)
	SELECT of_account, base.session_account() WHERE base.session_account() <> of_account
	ON CONFLICT (account_id, by_account) DO UPDATE SET at = now()
$$;

-- Whether both may be one person: one was in the hand of the other, or both were in that of a third, be it by way
-- of others.
CREATE FUNCTION team.one_hand(one bigint, other bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE above(start, account) AS (
		SELECT a, a FROM unnest(ARRAY[one, other]) AS a
		UNION
		SELECT u.start, h.by_account FROM above AS u JOIN team.hand AS h ON h.account_id = u.account
		WHERE h.at > now() - team.hand_time()
	)
	SELECT EXISTS (SELECT FROM above AS a JOIN above AS b ON b.account = a.account WHERE a.start = one AND b.start = other)
$$;
REVOKE EXECUTE ON FUNCTION team.lay_hand FROM suyuan_console, suyuan_jobs;
REVOKE EXECUTE ON FUNCTION team.hand_time, team.one_hand FROM suyuan_jobs;

-- As in 0019_people.sql, and the hand is noted; that of who makes an account is noted with its link.
CREATE OR REPLACE FUNCTION team.set_roles(of_account bigint, of_roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who team.account := team.member(of_account);
BEGIN
	IF NOT 'admin' = ANY (of_roles) AND 'admin' = ANY (who.roles) THEN
		PERFORM team.check_last_admin(who.id);
	END IF;
	UPDATE team.account AS a SET roles = of_roles WHERE a.id = who.id;
	PERFORM team.lay_hand(who.id);
END $$;
CREATE OR REPLACE FUNCTION team.unlock(of_account bigint, totp boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who team.account := team.member(of_account);
BEGIN
	PERFORM team.forgive('account', who.name), team.forgive('code', who.id::text), team.forgive('own', who.id::text);
	PERFORM team.forgive('place', who.name || ' ' || p.household::text) FROM team.place AS p WHERE p.account_id = who.id;
	PERFORM audit.note(who.brand_id, 'unlock', 'team.account ' || who.id);
	IF totp THEN
		PERFORM team.drop_totp(who.id);
		PERFORM team.lay_hand(who.id);
	END IF;
END $$;

-- Approving: "one_hand" where the second person may be the first one; refused by the console, which commits what
-- the log says of it. As in 0025_recall.sql otherwise.
CREATE FUNCTION trace.halt_same_hand(by_account bigint, about text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	IF by_account IS NULL OR base.session_account() IS NULL OR NOT team.one_hand(by_account, base.session_account()) THEN
		RETURN false;
	END IF;
	PERFORM audit.note(base.session_brand(), 'one_hand', about, jsonb_build_object('proposer', by_account));
	RETURN true;
END $$;
CREATE OR REPLACE FUNCTION trace.halt_approve(of_halt bigint, expected text DEFAULT '') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt := trace.halt_hold(of_halt);
BEGIN
	IF h.proposal IS NULL THEN
		PERFORM code.refuse(409, 'nothing is proposed here, or not any more',
			json_build_object('code', 'halt_no_proposal', 'state', h.state));
	ELSIF expected <> '' AND expected <> h.proposal THEN
		PERFORM code.refuse(409, 'something else is proposed', json_build_object('code', 'halt_no_proposal'));
	END IF;
	PERFORM trace.halt_check_second(h.proposer, h.proposed_by, '{quality,admin}');
	IF trace.halt_same_hand(h.proposer, 'trace.halt ' || of_halt) THEN
		RETURN 'one_hand';
	ELSIF h.proposal = 'start' THEN
		PERFORM trace.halt_run(of_halt);
		RETURN 'started';
	END IF;
	PERFORM trace.halt_stop(of_halt, h.proposal_reason);
	RETURN 'lifted';
END $$;
CREATE OR REPLACE FUNCTION trace.halt_set_rule(wanted boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	r trace.halt_rule;
	of_brand bigint := base.session_brand();
BEGIN
	PERFORM trace.halt_check_person('{admin}');
	INSERT INTO trace.halt_rule (brand_id) VALUES (of_brand) ON CONFLICT DO NOTHING;
	SELECT * INTO r FROM trace.halt_rule AS t WHERE t.brand_id = of_brand FOR UPDATE;
	IF r.proposed IS NOT NULL AND r.proposed_at + trace.halt_patience() <= now() THEN
		r.proposed := NULL;
	END IF;
	IF r.two_persons = wanted THEN
		UPDATE trace.halt_rule AS t SET proposed = NULL, proposed_at = NULL, proposed_by = NULL, proposer = NULL
		WHERE t.brand_id = of_brand AND t.proposed IS NOT NULL;
		RETURN 'rule_stays';
	ELSIF r.proposed IS NULL THEN
		UPDATE trace.halt_rule AS t SET proposed = wanted, proposed_at = now(), proposed_by = base.session_by(),
			proposer = base.session_account() WHERE t.brand_id = of_brand;
		RETURN 'rule_proposed';
	END IF;
	PERFORM trace.halt_check_second(r.proposer, r.proposed_by, '{admin}');
	IF trace.halt_same_hand(r.proposer, 'trace.halt_rule ' || of_brand) THEN
		RETURN 'one_hand';
	END IF;
	UPDATE trace.halt_rule AS t SET two_persons = wanted, proposed = NULL, proposed_at = NULL, proposed_by = NULL,
		proposer = NULL, changed_at = now(), changed_by = base.session_by() WHERE t.brand_id = of_brand;
	RETURN 'rule_changed';
END $$;

-- --- whom failures make wait ---
-- An office is one address, and its people know each other's names. Who comes with the key of a session that this
-- account had in the last 180 days and since its password was set counts for that browser alone: 10 wrong ones are
-- free, then the wait doubles to 15 minutes. Others count for the address (20 free), and for name and address where
-- the account signed in from there before (10 free), else for the name (5 free, at most a minute).

CREATE FUNCTION team.is_known(of_name text, known text, known_sha256 bytea) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM team.pass AS p JOIN team.account AS a ON a.id = p.account_id
		JOIN team.secret AS s ON s.account_id = a.id
		WHERE p.id = known AND p.sha256 = known_sha256 AND p.kind = 'session' AND a.name = of_name
		AND p.made_at > now() - interval '180 days' AND p.made_at >= s.password_at)
$$;

DROP FUNCTION team.ask_password(text, inet);
CREATE FUNCTION team.ask_password(of_name text, of_address inet, known text, known_sha256 bytea,
	OUT account_id bigint, OUT password text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	home inet := team.household(of_address);
	is_known boolean := team.is_known(of_name, known, known_sha256);
BEGIN
	IF is_known THEN
		PERFORM team.count_try('browser', known, 10, 900);
	ELSE
		PERFORM team.count_try('address', home::text, 20, 900);
	END IF;
	SELECT a.id, s.password INTO account_id, password
	FROM team.account AS a JOIN team.secret AS s ON s.account_id = a.id
	WHERE a.name = of_name AND a.ended_at IS NULL;
	IF is_known THEN
		NULL;
	ELSIF EXISTS (SELECT FROM team.place AS p WHERE p.account_id = ask_password.account_id AND p.household = home) THEN
		PERFORM team.count_try('place', of_name || ' ' || home::text, 10, 900);
	ELSE
		PERFORM team.count_try('account', of_name, 5, 60);
	END IF;
	PERFORM team.note_try(account_id, 'sign_in_try', of_address);
END $$;

-- A session of who proved to be it; forgets the failures that were his own.
CREATE OR REPLACE FUNCTION team.let_in(of_account bigint, of_id text, of_sha256 bytea, of_label text, of_address inet,
	life interval, idle interval) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	of_name text := (SELECT a.name FROM team.account AS a WHERE a.id = of_account);
	home inet := team.household(of_address);
BEGIN
	PERFORM team.forgive('account', of_name), team.forgive('place', of_name || ' ' || home::text),
		team.forgive('code', of_account::text), team.uncount('address', home::text);
	DELETE FROM team.slow AS s USING team.pass AS p
	WHERE p.account_id = of_account AND p.kind = 'session' AND p.made_at > now() - interval '180 days'
		AND s.key = sha256(convert_to('browser ' || p.id, 'UTF8'));
	INSERT INTO team.place VALUES (of_account, home)
		ON CONFLICT ON CONSTRAINT place_pkey DO UPDATE SET seen_at = now();
	DELETE FROM team.place AS p WHERE p.account_id = of_account AND p.seen_at < now() - interval '90 days';
	PERFORM team.add_pass('session', of_account, of_id, of_sha256, of_label, of_address, life, idle);
END $$;
REVOKE EXECUTE ON FUNCTION team.is_known FROM suyuan_console, suyuan_jobs;
REVOKE EXECUTE ON FUNCTION team.ask_password FROM suyuan_jobs;
