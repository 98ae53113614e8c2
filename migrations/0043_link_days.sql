-- A link's day is a whole day by the brand's clock, the last one included, and stays that day whatever its clock
-- becomes. And who writes many links keeps nobody from recalling or hiding while it does. Replaces
-- check_default_link, publish_links, put_links and remove_links of 0015, undo_links and change_link of 0022.

-- --- a brand's clock ---

-- The one that it has chosen, else that of its first facility (trace.fields_zone()), as pub.brand has it: read by one
-- key, however many facilities there are.
CREATE FUNCTION trace.clock_of(of_brand bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT p.time_zone FROM pub.brand AS p WHERE p.brand_id = of_brand), trace.fields_zone(of_brand))
$$;

-- The day that a clock shows then. A zone that this server's list does not have, a replica's perhaps: UTC's. The
-- public role may call it: it reads no table.
CREATE FUNCTION pub.day_at(at timestamptz, zone text) RETURNS date
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
	RETURN (at AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN (at AT TIME ZONE 'UTC')::date;
END $$;
GRANT EXECUTE ON FUNCTION pub.day_at TO suyuan_public;

-- --- days of links ---

-- Given as a day, each end is kept as one, else as a moment. What was given as a day before this migration was read
-- as midnight, UTC, and stays that moment: who reads the list sees the time, who gives the day again has all of it.
LOCK TABLE trace.link, pub.link;  -- both or neither, before the one is written anew
ALTER TABLE trace.link
	ADD COLUMN from_day  base.day,
	ADD COLUMN until_day base.day,   -- of which it is still valid
	ADD CHECK (from_day IS NULL OR valid_from IS NULL),
	ADD CHECK (until_day IS NULL OR valid_until IS NULL),
	ADD CHECK (until_day >= from_day);
ALTER TABLE pub.link
	ADD COLUMN from_day  date,
	ADD COLUMN until_day date;

-- When a link is valid, by that clock; empty where it ends before it begins, as another clock can make of a day and
-- a moment.
CREATE FUNCTION trace.link_span(from_day date, valid_from timestamptz, until_day date, valid_until timestamptz, zone text)
RETURNS tstzrange LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN s.begins >= s.ends THEN 'empty' ELSE tstzrange(s.begins, s.ends) END
	FROM (SELECT CASE WHEN from_day IS NULL THEN valid_from ELSE base.day_begins(from_day, zone) END,
		CASE WHEN until_day IS NULL THEN valid_until ELSE base.day_begins(until_day + 1, zone) END) AS s (begins, ends)
$$;

CREATE OR REPLACE VIEW trace.link_now WITH (security_invoker) AS
	SELECT r.*, CASE WHEN r.from_day IS NULL AND r.until_day IS NULL THEN tstzrange(r.valid_from, r.valid_until)
		ELSE trace.link_span(r.from_day, r.valid_from, r.until_day, r.valid_until, trace.clock_of(r.brand_id)) END AS span
	FROM trace.link AS r
	WHERE NOT r.withdrawn AND NOT EXISTS (SELECT FROM trace.link AS n WHERE n.replaces = r.id);

-- An end of a link as it is given: "2026-12-31", "2026-12-31T16:00:00Z" or by the clock that the session keeps; with a
-- fraction of a second only where it has one, so that nothing is lost on the way out and in again.
CREATE FUNCTION trace.link_end(day date, at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN day IS NOT NULL THEN to_char(day, 'YYYY-MM-DD')
		ELSE overlay(base.moment_text(at) PLACING rtrim(rtrim(to_char(at, '.US'), '0'), '.') FROM 20 FOR 0) END
$$;

-- As in 0015, by the span; only what comes can come too near what is there.
CREATE OR REPLACE FUNCTION trace.check_default_link() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
	IF EXISTS (SELECT FROM trace.link_now AS a JOIN trace.link_now AS b
		ON b.id <> a.id AND b.gtin = a.gtin AND b.lot = a.lot AND b.serial = a.serial AND b.role = 'default'
		AND a.span && b.span
		WHERE a.id = NEW.id AND a.gtin = NEW.gtin AND a.lot = NEW.lot AND a.serial = NEW.serial AND a.role = 'default') THEN
		RAISE EXCEPTION 'two default links at the same place and time' USING ERRCODE = 'check_violation';
	END IF;
	RETURN NULL;
END $$;

-- --- changing: as in 0015 and 0022, with the days and other locks ---
-- A table that was empty when its first import began is not scanned for each link of it: SET enable_seqscan.

-- For who writes links: one at a time, to the end of the transaction. Not the rows of pub.gtin, which recalling and
-- hiding touch: those are touched last. At most 64 of a brand and 1024 of all, however many GTINs: a server has room for
-- some thousands.
CREATE FUNCTION trace.lock_links(gtins bigint[]) RETURNS void LANGUAGE sql AS $$
	SELECT count(pg_advisory_xact_lock('trace.link'::regclass::oid::integer, key))
		FROM (SELECT DISTINCT hashint8(brand_id * 64 + gtin / 10 % 64) & 1023 AS key FROM trace.gtin_owner
			WHERE gtin = ANY (gtins) ORDER BY key) AS keys;
	SELECT;
$$;

-- Makes the public links of one place anew; who does so tells the workers by pub.touch().
CREATE FUNCTION trace.publish_place(of_gtin bigint, of_lot text, of_serial text) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	handle text := trace.lot_handle(of_gtin, of_lot);
BEGIN
	DELETE FROM pub.link AS p WHERE p.gtin = of_gtin AND p.serial = of_serial AND p.lot_handle = handle;
	INSERT INTO pub.link (gtin, lot_handle, serial, id, link_type, href, title, hreflang, media_type, context,
		role, forward_query, valid_from, valid_until, from_day, until_day)
	SELECT l.gtin, handle, l.serial, l.id, l.link_type, l.href, l.title, l.hreflang, l.media_type, l.context,
		l.role, l.forward_query, l.valid_from, l.valid_until, l.from_day, l.until_day
	FROM trace.link_now AS l
	WHERE l.gtin = of_gtin AND l.lot = of_lot AND l.serial = of_serial AND l.public;
	IF of_lot <> '' AND FOUND THEN
		INSERT INTO pub.link_lot VALUES (of_gtin, pub.lot_proof(of_gtin, of_lot), handle) ON CONFLICT DO NOTHING;
	ELSIF of_lot <> '' THEN
		DELETE FROM pub.link_lot AS d WHERE d.gtin = of_gtin AND d.proof = pub.lot_proof(of_gtin, of_lot);
	END IF;
END $$;

-- Places: [{"gtin": …, "lot": "" or a lot, "serial": "" or a serial}, …], one twice perhaps.
CREATE FUNCTION trace.publish_links(places jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	gtins bigint[];
BEGIN
	PERFORM trace.publish_place(p.gtin, p.lot, p.serial)
	FROM (SELECT DISTINCT * FROM jsonb_to_recordset(places) AS t(gtin bigint, lot text, serial text)) AS p;
	SELECT array_agg(DISTINCT t.gtin) INTO gtins FROM jsonb_to_recordset(places) AS t(gtin bigint);
	SET CONSTRAINTS trace.check_default IMMEDIATE;  -- before anybody can wait for the GTINs
	PERFORM pub.know_gtins(gtins);
	PERFORM pub.touch(gtins);
END $$;

CREATE OR REPLACE FUNCTION trace.publish_links(of_gtin bigint, of_lot text, of_serial text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM trace.publish_place(of_gtin, of_lot, of_serial);
	PERFORM pub.know_gtins(ARRAY[of_gtin]);
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;

-- Adds links to a place or changes those it has, as put_links() of 0015 says; what is public stays as it was until
-- the place is published in the same transaction. Who does so for several GTINs takes their locks before, at once.
CREATE FUNCTION trace.record_links(of_gtin bigint, of_lot text, of_serial text, given jsonb, from_source text,
	OUT added bigint, OUT changed bigint, OUT same bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	owner bigint;
	zone text;
	spans tstzrange;
	now_there trace.link;
	l record;
	is_known boolean;
BEGIN
	PERFORM trace.may_link(of_gtin);
	PERFORM trace.lock_links(ARRAY[of_gtin]);
	SELECT o.brand_id INTO owner FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin;
	zone := trace.clock_of(owner);
	added := 0; changed := 0; same := 0;
	FOR l IN SELECT * FROM jsonb_to_recordset(given) AS t(link_type text, href text, title text, hreflang text,
		media_type text, context text, role text, forward_query boolean, public boolean, valid_from timestamptz,
		valid_until timestamptz, from_day date, until_day date)
	LOOP
		SELECT * INTO now_there FROM trace.link AS r
		WHERE r.brand_id = owner AND r.gtin = of_gtin AND r.lot = of_lot AND r.serial = of_serial
			AND r.link_type = l.link_type AND r.href = l.href AND r.hreflang = l.hreflang
			AND r.media_type = l.media_type AND r.context = l.context
			AND NOT EXISTS (SELECT FROM trace.link AS n WHERE n.replaces = r.id);
		is_known := FOUND;
		IF is_known AND NOT now_there.withdrawn AND now_there.title = l.title AND now_there.role = l.role
			AND now_there.forward_query = l.forward_query AND now_there.public = l.public
			AND (now_there.valid_from, now_there.valid_until, now_there.from_day, now_there.until_day)
				IS NOT DISTINCT FROM (l.valid_from, l.valid_until, l.from_day, l.until_day) THEN
			same := same + 1;
			CONTINUE;
		END IF;
		spans := trace.link_span(l.from_day, l.valid_from, l.until_day, l.valid_until, zone);
		IF isempty(spans) THEN
			PERFORM code.refuse(400, 'valid_until: must be after valid_from',
				json_build_object('member', 'valid_until', 'code', 'link_valid_until'));
		END IF;
		IF is_known AND NOT now_there.withdrawn THEN changed := changed + 1; ELSE added := added + 1; END IF;
		IF l.role = 'default' THEN
			INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
				role, forward_query, public, valid_from, valid_until, from_day, until_day, source, replaces)
			SELECT d.brand_id, d.gtin, d.lot, d.serial, d.link_type, d.href, d.title, d.hreflang, d.media_type,
				d.context, '', d.forward_query, d.public, d.valid_from, d.valid_until, d.from_day, d.until_day,
				from_source, d.id
			FROM trace.link_now AS d
			WHERE d.gtin = of_gtin AND d.lot = of_lot AND d.serial = of_serial AND d.role = 'default'
				AND d.id IS DISTINCT FROM now_there.id AND d.span && spans;
		END IF;
		INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
			role, forward_query, public, valid_from, valid_until, from_day, until_day, source, replaces)
		VALUES (owner, of_gtin, of_lot, of_serial, l.link_type, l.href, l.title, l.hreflang, l.media_type, l.context,
			l.role, l.forward_query, l.public, l.valid_from, l.valid_until, l.from_day, l.until_day, from_source,
			CASE WHEN is_known THEN now_there.id END);
	END LOOP;
	IF (SELECT count(*) FROM trace.link_now AS n WHERE n.gtin = of_gtin AND n.lot = of_lot AND n.serial = of_serial)
		> trace.links_most() THEN
		PERFORM code.refuse(422, format('links: one GTIN, lot or serial may have %s', trace.links_most()),
			json_build_object('member', 'links', 'limit', trace.links_most()));
	END IF;
END $$;

CREATE OR REPLACE FUNCTION trace.put_links(of_gtin bigint, of_lot text, of_serial text, given jsonb, from_source text,
	OUT added bigint, OUT changed bigint, OUT same bigint)
LANGUAGE plpgsql AS $$
BEGIN
	SELECT r.added, r.changed, r.same INTO added, changed, same
	FROM trace.record_links(of_gtin, of_lot, of_serial, given, from_source) AS r;
	IF added + changed > 0 THEN
		PERFORM trace.publish_links(of_gtin, of_lot, of_serial);
	END IF;
END $$;

CREATE OR REPLACE FUNCTION trace.remove_links(of_gtin bigint, of_lot text, of_serial text, of_type text, of_href text,
	of_hreflang text, of_media_type text, of_context text, from_source text) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	gone bigint;
BEGIN
	PERFORM trace.may_link(of_gtin);
	PERFORM trace.lock_links(ARRAY[of_gtin]);
	INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
		role, forward_query, public, valid_from, valid_until, from_day, until_day, source, replaces, withdrawn)
	SELECT d.brand_id, d.gtin, d.lot, d.serial, d.link_type, d.href, d.title, d.hreflang, d.media_type, d.context,
		'', d.forward_query, d.public, d.valid_from, d.valid_until, d.from_day, d.until_day, from_source, d.id, true
	FROM trace.link_now AS d
	WHERE d.gtin = of_gtin AND d.lot = of_lot AND d.serial = of_serial
		AND (of_type IS NULL OR d.link_type = of_type) AND (of_href IS NULL OR d.href = of_href)
		AND (of_hreflang IS NULL OR d.hreflang = of_hreflang)
		AND (of_media_type IS NULL OR d.media_type = of_media_type)
		AND (of_context IS NULL OR d.context = of_context);
	GET DIAGNOSTICS gone = ROW_COUNT;
	IF gone > 0 THEN
		PERFORM trace.publish_links(of_gtin, of_lot, of_serial);
	END IF;
	RETURN gone;
END $$;

CREATE OR REPLACE FUNCTION trace.undo_links(records bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	l trace.link;
	was trace.link;
	places jsonb := '[]';
	undone bigint := 0;
BEGIN
	PERFORM trace.lock_links(ARRAY(SELECT r.gtin FROM trace.link AS r WHERE r.id = ANY (records)));
	FOR l IN SELECT * FROM trace.link AS r WHERE r.id = ANY (records) ORDER BY r.id DESC LOOP
		PERFORM trace.may_link(l.gtin);
		IF EXISTS (SELECT FROM trace.link AS n WHERE n.replaces = l.id) THEN
			PERFORM code.refuse(409, 'This link was changed again since.', json_build_object('code', 'link_changed'));
		END IF;
		was := NULL;
		SELECT * INTO was FROM trace.link AS r WHERE r.id = l.replaces;
		INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
			role, forward_query, public, valid_from, valid_until, from_day, until_day, source, replaces, withdrawn)
		SELECT b.brand_id, b.gtin, b.lot, b.serial, b.link_type, b.href, b.title, b.hreflang, b.media_type, b.context,
			b.role, b.forward_query, b.public, b.valid_from, b.valid_until, b.from_day, b.until_day, 'undo', l.id,
			was.id IS NULL OR was.withdrawn
		FROM (SELECT (CASE WHEN was.id IS NULL THEN l ELSE was END).*) AS b;
		places := places || jsonb_build_object('gtin', l.gtin, 'lot', l.lot, 'serial', l.serial);
		undone := undone + 1;
	END LOOP;
	IF undone = 0 OR undone <> cardinality(records) THEN
		PERFORM code.refuse(404, 'There is no such link.');
	END IF;
	PERFORM trace.publish_links(places);
	RETURN undone;
END $$;

CREATE OR REPLACE FUNCTION trace.change_link(of_gtin bigint, of_lot text, of_serial text, given jsonb, instead bigint)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
	old trace.link;
BEGIN
	PERFORM trace.may_link(of_gtin);
	PERFORM trace.lock_links(ARRAY[of_gtin]);
	SELECT coalesce(max(id), 0) INTO before FROM trace.link;
	IF instead IS NOT NULL THEN
		SELECT * INTO old FROM trace.link_now AS n WHERE n.id = instead AND n.gtin = of_gtin AND n.lot = of_lot
			AND n.serial = of_serial;
		IF NOT FOUND THEN
			PERFORM code.refuse(404, 'There is no such link.');
		END IF;
	END IF;
	PERFORM trace.put_links(of_gtin, of_lot, of_serial, jsonb_build_array(given), base.session_by());
	-- Of another key: the old one goes.
	IF instead IS NOT NULL AND EXISTS (SELECT FROM trace.link_now AS n WHERE n.id = instead)
		AND (old.link_type, old.href, old.hreflang, old.media_type, old.context) IS DISTINCT FROM
			(given ->> 'link_type', given ->> 'href', given ->> 'hreflang', given ->> 'media_type', given ->> 'context') THEN
		PERFORM trace.remove_links(of_gtin, of_lot, of_serial, old.link_type, old.href, old.hreflang, old.media_type,
			old.context, base.session_by());
	END IF;
	RETURN (SELECT coalesce(array_agg(l.id ORDER BY l.id), '{}') FROM trace.link AS l
		WHERE l.id > before AND l.gtin = of_gtin AND l.lot = of_lot AND l.serial = of_serial);
END $$;
