-- What two do at once, what is kept too long, what never ends. Replaces best_until and project_clock of 0042.

-- --- who writes what the public sees of a brand ---

-- One at a time a brand (0: every brand, always in one order), to the end of the transaction: what is read after this
-- was committed by whoever wrote before, and nobody writes what he read before he waited. A row that is not there yet
-- is held, too, by making it; its clock is for the caller to fill.
CREATE FUNCTION trace.hold_brand(of_brand bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO pub.brand AS p (brand_id, document, time_zone)
		SELECT b.id, trace.brand_document(b), '' FROM trace.brand AS b WHERE of_brand IN (0, b.id) ORDER BY b.id
		ON CONFLICT (brand_id) DO UPDATE SET time_zone = p.time_zone WHERE false;
$$;
REVOKE EXECUTE ON FUNCTION trace.hold_brand FROM suyuan_console;

-- Another clock counts with the same commit.
CREATE OR REPLACE FUNCTION trace.project_clock(of_brand bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM trace.hold_brand(of_brand);
	UPDATE pub.brand AS p SET time_zone = z.zone FROM (SELECT trace.fields_zone(of_brand)) AS z (zone)
		WHERE p.brand_id = of_brand AND p.time_zone <> z.zone;
	IF FOUND THEN PERFORM pub.touch_brand(of_brand); END IF;
END $$;

-- --- answers that were told for their day ---

-- Who asks again removes what is older than a day of its own (0041); of a line that has stopped asking the jobs do,
-- a thousand at a time.
CREATE INDEX check_request_age ON code.check_request (at);
GRANT DELETE, UPDATE (at) ON code.check_request TO suyuan_jobs; -- to hold a row that is to go; nobody may change one

-- --- a day without end ---

-- As in 0042; "infinity", which base.day refuses, is over at no moment: there, no clock was ever far enough back.
CREATE OR REPLACE FUNCTION pub.best_until(best_before text, zone text) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
	next_day timestamp := CASE length(best_before)
		WHEN 4 THEN (best_before || '-01-01')::date + interval '1 year'
		WHEN 7 THEN (best_before || '-01')::date + interval '1 month'
		ELSE best_before::date + interval '1 day' END;
	begins timestamptz;
BEGIN
	IF NOT isfinite(next_day) THEN
		RETURN NULL;
	END IF;
	BEGIN
		begins := next_day AT TIME ZONE zone;
		WHILE (begins - interval '15 minutes') AT TIME ZONE zone >= next_day LOOP
			begins := begins - interval '15 minutes';
		END LOOP;
	EXCEPTION WHEN invalid_parameter_value THEN
		begins := next_day AT TIME ZONE 'Etc/GMT+12';
	END;
	RETURN extract(epoch FROM begins);
END $$;
