-- PINs under the scratch-off field of an item (FEATURES C7). A PIN is computed (src/model/pin.h) and
-- stands nowhere; here stands which GTINs have one, how often it was guessed wrong, and when it was
-- given right.

-- 0: customers are not asked. Codes below pin_from were made before there were PINs: their labels have none.
ALTER TABLE pub.gtin
	ADD COLUMN pin_digits smallint NOT NULL DEFAULT 0 CHECK (pin_digits = 0 OR pin_digits BETWEEN 4 AND 8),
	ADD COLUMN pin_from bigint NOT NULL DEFAULT 0 CHECK (pin_from >= 0);

CREATE TYPE code.pin_step AS ENUM ('on', 'off', 'opened', 'locked', 'unlocked');

-- What was decided and what happened, in order; never changed.
CREATE TABLE code.pin_event (
	gtin   base.gtin NOT NULL,
	id     bigint GENERATED ALWAYS AS IDENTITY,
	serial text COLLATE "C" NOT NULL DEFAULT '', -- '': of the GTIN
	step   code.pin_step NOT NULL,
	digits smallint,                             -- with 'on'
	first  bigint,                               -- with 'on': pin_from
	at     timestamptz NOT NULL DEFAULT now(),
	by     text NOT NULL DEFAULT session_user,
	PRIMARY KEY (gtin, id)
);
CREATE INDEX pin_event_serial ON code.pin_event (gtin, serial, id);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.pin_event
	EXECUTE FUNCTION trace.refuse_change();
ALTER TABLE code.pin_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE code.pin_event FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON code.pin_event TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON code.pin_event TO suyuan_console
	USING (EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = pin_event.gtin));
GRANT SELECT ON code.pin_event TO suyuan_console, suyuan_jobs;

-- From now on customers are asked, of the codes that are made from now on, or of all. Labels once printed
-- stay right: the number of digits is the PIN's, and cannot change any more.
CREATE FUNCTION code.pin_on(of_gtin bigint, of_digits smallint, of_all boolean,
	OUT digits bigint, OUT first bigint)
LANGUAGE plpgsql AS $$
DECLARE
	before code.pin_event;
BEGIN
	IF NOT EXISTS (SELECT FROM trace.gtin_owner WHERE gtin = of_gtin) THEN
		PERFORM code.refuse(403, 'gtin: no brand owns this GTIN (`suyuan brand own`)',
			json_build_object('member', 'gtin'));
	END IF;
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
	SELECT * INTO before FROM code.pin_event AS e
	WHERE e.gtin = of_gtin AND e.serial = '' AND e.step = 'on' ORDER BY e.id DESC LIMIT 1;
	IF before.digits <> of_digits THEN
		PERFORM code.refuse(409, format('digits: labels may be printed with %s digits already', before.digits),
			json_build_object('member', 'digits'));
	END IF;
	digits := of_digits;
	first := CASE WHEN of_all THEN 0 ELSE coalesce(before.first,
		(SELECT g.issued FROM pub.gtin AS g WHERE g.gtin = of_gtin)) END;
	UPDATE pub.gtin AS g SET pin_digits = of_digits, pin_from = pin_on.first WHERE g.gtin = of_gtin;
	INSERT INTO code.pin_event (gtin, step, digits, first) VALUES (of_gtin, 'on', of_digits, pin_on.first);
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;

-- Customers are asked no more. False: they were not.
CREATE FUNCTION code.pin_off(of_gtin bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
	UPDATE pub.gtin SET pin_digits = 0 WHERE gtin = of_gtin AND pin_digits > 0;
	IF NOT FOUND THEN RETURN false; END IF;
	INSERT INTO code.pin_event (gtin, step) VALUES (of_gtin, 'off');
	PERFORM pub.touch(ARRAY[of_gtin]);
	RETURN true;
END $$;

-- How many digits the PIN of this counter has; 0: none.
CREATE FUNCTION pub.pin_digits(of_gtin bigint, of_counter bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT g.pin_digits FROM pub.gtin AS g
		WHERE g.gtin = of_gtin AND g.pin_from <= of_counter), 0)
$$;

-- A customer's try. Everything is decided and counted under the lock of one row and committed before
-- anybody is told: however many come at once, no more than five wrong ones are answered, and one right
-- one is the first. `outcome`: 'right' (the first time ever), 'wrong', 'opened' (right before; `opened` says when),
-- 'locked', or 'none', when this code has no PIN. Runs with the owner's rights, because the lookup
-- servers may write nothing else.
CREATE FUNCTION pub.pin_try(of_gtin bigint, of_counter bigint, of_serial text, is_right boolean,
	OUT outcome text, OUT tries bigint, OUT opened text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seen pub.seen;
	most CONSTANT integer := 5;                  -- PIN_TRIES of src/model/pin.h
BEGIN
	tries := 0;
	outcome := 'none';
	IF pub.pin_digits(of_gtin, of_counter) = 0 OR NOT EXISTS (
		SELECT FROM (SELECT r.last, r.serial_length FROM pub.run AS r
			WHERE r.gtin = of_gtin AND r.first <= of_counter ORDER BY r.first DESC LIMIT 1) AS run
		WHERE run.last >= of_counter AND run.serial_length = length(of_serial)) THEN
		RETURN;
	END IF;
	INSERT INTO pub.seen (gtin, serial) VALUES (of_gtin, of_serial) ON CONFLICT DO NOTHING;
	SELECT * INTO seen FROM pub.seen AS s WHERE s.gtin = of_gtin AND s.serial = of_serial FOR UPDATE;
	tries := seen.pin_tries;
	IF seen.pin_opened IS NOT NULL THEN
		outcome := 'opened';
	ELSIF seen.pin_tries >= most THEN
		outcome := 'locked';
	ELSIF is_right THEN
		outcome := 'right';
		seen.pin_opened := now();
		UPDATE pub.seen AS s SET pin_opened = now() WHERE s.gtin = of_gtin AND s.serial = of_serial;
		INSERT INTO code.pin_event (gtin, serial, step) VALUES (of_gtin, of_serial, 'opened');
	ELSE
		tries := tries + 1;
		outcome := CASE WHEN tries >= most THEN 'locked' ELSE 'wrong' END;
		UPDATE pub.seen AS s SET pin_tries = s.pin_tries + 1 WHERE s.gtin = of_gtin AND s.serial = of_serial;
		IF tries = most THEN
			INSERT INTO code.pin_event (gtin, serial, step) VALUES (of_gtin, of_serial, 'locked');
		END IF;
	END IF;
	opened := to_char(seen.pin_opened AT TIME ZONE 'UTC', 'YYYY-MM-DD');
END $$;
REVOKE EXECUTE ON FUNCTION pub.pin_try FROM PUBLIC, suyuan_console, suyuan_jobs;
GRANT EXECUTE ON FUNCTION pub.pin_try TO suyuan_public;

-- Five tries more for one code, by hand. False: none was used up.
CREATE FUNCTION code.pin_unlock(of_gtin bigint, of_serial text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pub.seen SET pin_tries = 0
	WHERE gtin = of_gtin AND serial = of_serial AND pin_tries > 0 AND pin_opened IS NULL;
	IF NOT FOUND THEN RETURN false; END IF;
	INSERT INTO code.pin_event (gtin, serial, step) VALUES (of_gtin, of_serial, 'unlocked');
	RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION code.pin_on, code.pin_off, code.pin_unlock FROM PUBLIC, suyuan_console, suyuan_jobs;
