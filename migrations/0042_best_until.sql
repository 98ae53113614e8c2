-- A best-before date passes by the brand's clock: the day in whose place it was printed (src/model/verdict.h).
-- Replaces trace.look_changes of 0022.

-- The first moment, in seconds since 1970, that is after a best-before date as a document shows it ("2026-09-01",
-- "2026-09", "2026": a month or year is good until its last day) in that time zone. Clocks may go over midnight:
-- forward, and the next day begins at one; back, and it begins at the first of two midnights. A zone that this
-- server's list does not have, a replica's perhaps: when the day has ended everywhere, for good must not read as bad.
-- The public role may call it: it reads no table.
CREATE FUNCTION pub.best_until(best_before text, zone text) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
	next_day timestamp := CASE length(best_before)
		WHEN 4 THEN (best_before || '-01-01')::date + interval '1 year'
		WHEN 7 THEN (best_before || '-01')::date + interval '1 month'
		ELSE best_before::date + interval '1 day' END;
	begins timestamptz;
BEGIN
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
GRANT EXECUTE ON FUNCTION pub.best_until TO suyuan_public;

-- One row a brand, so that another clock is no reason to make a million documents of lots anew.
ALTER TABLE pub.brand ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
UPDATE pub.brand SET time_zone = trace.fields_zone(brand_id);

-- As in 0022, with the clock.
CREATE OR REPLACE FUNCTION trace.look_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO trace.look (brand_id, name, contact, accent, motto, about, logo)
		VALUES (NEW.id, NEW.name, NEW.contact, NEW.accent, NEW.motto, NEW.about, NEW.logo);
	INSERT INTO pub.brand (brand_id, document, time_zone)
		VALUES (NEW.id, trace.brand_document(NEW), trace.fields_zone(NEW.id))
		ON CONFLICT (brand_id) DO UPDATE SET document = EXCLUDED.document;
	DELETE FROM pub.logo AS p WHERE p.brand_id = NEW.id AND p.sha256 IS DISTINCT FROM NEW.logo;
	INSERT INTO pub.logo (brand_id, sha256, bytes)
		SELECT l.brand_id, l.sha256, l.bytes FROM trace.logo AS l
		WHERE l.brand_id = NEW.id AND l.sha256 = NEW.logo
		ON CONFLICT (brand_id) DO NOTHING;
	PERFORM pub.touch_brand(NEW.id);
	RETURN NULL;
END $$;

-- Another clock counts with the same commit. Who changes the clock of the same brand later waits here and then reads
-- what was committed before.
CREATE FUNCTION trace.project_clock(of_brand bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM pub.brand AS p WHERE p.brand_id = of_brand FOR UPDATE;
	UPDATE pub.brand AS p SET time_zone = z.zone FROM (SELECT trace.fields_zone(of_brand)) AS z (zone)
		WHERE p.brand_id = of_brand AND p.time_zone <> z.zone;
	IF FOUND THEN PERFORM pub.touch_brand(of_brand); END IF;
END $$;
REVOKE EXECUTE ON FUNCTION trace.project_clock FROM suyuan_console, suyuan_jobs;

CREATE FUNCTION trace.clock_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM trace.project_clock(NEW.id);
	RETURN NULL;
END $$;
CREATE TRIGGER clock_changes AFTER UPDATE ON trace.brand FOR EACH ROW
	WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION trace.clock_changes();

-- Where a brand has chosen none, its facilities say the clock.
CREATE FUNCTION trace.clock_comes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM trace.project_clock(b.brand_id) FROM (SELECT DISTINCT a.brand_id FROM added AS a ORDER BY 1) AS b;
	RETURN NULL;
END $$;
CREATE TRIGGER clock_comes AFTER INSERT ON trace.facility REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION trace.clock_comes();
