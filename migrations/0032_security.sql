-- Who may become more than he is: the secrets of second factors are sealed by the master key (src/model/totp_seal.h), what
-- opens another way in is asked the password, a new password ends every other way in.
-- Replaces of 0019_people.sql: ask_code, ask_own_code, sign_in_code, start_totp, stop_totp, offer_totp's CHECK,
-- end_passes, set_own_password, make_link.

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
	RETURN who.name;
END $$;

REVOKE EXECUTE ON FUNCTION team.check_own_password FROM suyuan_console, suyuan_jobs;
REVOKE EXECUTE ON FUNCTION team.ask_code, team.sign_in_code, team.start_totp, team.stop_totp, team.make_own_token
	FROM suyuan_jobs;
