-- Links of the GS1 resolver: typed, under a GTIN, a lot or a serial. Records are only added; what is
-- public now stands in schema pub, and whether it is valid at this moment is decided on reading.

CREATE TABLE trace.link (
	gtin          base.gtin NOT NULL,
	-- Neither: the GTIN. A serial is unique under its GTIN, so its links name no lot.
	lot           text NOT NULL DEFAULT '' CHECK (lot = '' OR lot::base.lot IS NOT NULL),
	serial        text COLLATE "C" NOT NULL DEFAULT '' CHECK (serial = '' OR serial::base.serial IS NOT NULL),
	link_type     text NOT NULL CHECK (link_type ~ '^https?://[A-Za-z0-9._/]{1,190}$'),
	href          text NOT NULL CHECK (href ~ '^https?://[!-~]+$' AND length(href) <= 2000),
	title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
	-- Of what is linked to. Sorted lists, parted by blanks; '' = nothing is said of it.
	hreflang      text NOT NULL DEFAULT '' CHECK (length(hreflang) <= 200),
	media_type    text NOT NULL DEFAULT '' CHECK (length(media_type) <= 100),
	context       text NOT NULL DEFAULT '' CHECK (length(context) <= 200),
	-- 'default': where who asks for nothing is sent, one to a place; 'multi': one of several such, told
	-- apart by language, media type and context.
	role          text NOT NULL DEFAULT '' CHECK (role IN ('', 'default', 'multi')),
	forward_query boolean NOT NULL DEFAULT true,
	public        boolean NOT NULL DEFAULT true,
	valid_from    base.moment,
	valid_until   base.moment,
	record_key    text GENERATED ALWAYS AS (gtin::text || '|' || lot || '|' || serial || '|' || link_type || '|'
		|| hreflang || '|' || media_type || '|' || context || '|' || md5(href)) STORED,
	CHECK (lot = '' OR serial = ''),
	CHECK (valid_until > valid_from)
);

ALTER TABLE trace.link
	ADD COLUMN id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	ADD COLUMN brand_id    bigint NOT NULL REFERENCES trace.brand,
	ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN recorded_by text NOT NULL DEFAULT session_user,
	ADD COLUMN source      text NOT NULL DEFAULT '',   -- a file, or the line that asked
	ADD COLUMN replaces    bigint UNIQUE CHECK (replaces < id),
	ADD COLUMN withdrawn   boolean NOT NULL DEFAULT false,
	ADD UNIQUE (brand_id, id),
	ADD FOREIGN KEY (brand_id, replaces) REFERENCES trace.link (brand_id, id),
	ADD FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin);
CREATE UNIQUE INDEX link_first ON trace.link (brand_id, record_key) WHERE replaces IS NULL;
CREATE INDEX link_key ON trace.link (brand_id, record_key);
CREATE INDEX link_place ON trace.link (gtin, lot, serial);
CREATE TRIGGER check_correction AFTER INSERT ON trace.link FOR EACH ROW
	WHEN (NEW.replaces IS NOT NULL) EXECUTE FUNCTION trace.check_correction();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.link
	EXECUTE FUNCTION trace.refuse_change();
CREATE VIEW trace.link_now WITH (security_invoker) AS SELECT * FROM trace.link AS r
	WHERE NOT r.withdrawn AND NOT EXISTS (SELECT FROM trace.link AS n WHERE n.replaces = r.id);
GRANT SELECT, INSERT ON trace.link TO suyuan_console, suyuan_jobs;
GRANT SELECT ON trace.link_now TO suyuan_console, suyuan_jobs;

-- One default a place at any time, whoever writes; checked at commit.
CREATE FUNCTION trace.check_default_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM trace.link_now AS a JOIN trace.link_now AS b
		ON a.id < b.id AND b.gtin = a.gtin AND b.lot = a.lot AND b.serial = a.serial AND b.role = 'default'
		AND tstzrange(a.valid_from, a.valid_until) && tstzrange(b.valid_from, b.valid_until)
		WHERE a.gtin = NEW.gtin AND a.lot = NEW.lot AND a.serial = NEW.serial AND a.role = 'default') THEN
		RAISE EXCEPTION 'two default links at the same place and time' USING ERRCODE = 'check_violation';
	END IF;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_default AFTER INSERT ON trace.link DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.role = 'default') EXECUTE FUNCTION trace.check_default_link();

-- Where who asks for no link type is sent: to our page of the item, or to the default link. The newest
-- row counts; no row: the page.
CREATE TABLE trace.link_mode (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id   bigint NOT NULL REFERENCES trace.brand,
	redirects  boolean NOT NULL,
	decided_at timestamptz NOT NULL DEFAULT now(),
	decided_by text NOT NULL DEFAULT session_user
);
CREATE INDEX link_mode_newest ON trace.link_mode (brand_id, id DESC);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.link_mode
	EXECUTE FUNCTION trace.refuse_change();
GRANT SELECT ON trace.link_mode TO suyuan_console, suyuan_jobs;

-- --- what the lookup process reads ---

-- Links that are public, expired ones and those to come among them.
CREATE TABLE pub.link (
	gtin          bigint NOT NULL,
	lot_handle    text NOT NULL DEFAULT '',
	serial        text COLLATE "C" NOT NULL DEFAULT '',
	id            bigint NOT NULL,
	link_type     text NOT NULL,
	href          text NOT NULL,
	title         text NOT NULL,
	hreflang      text NOT NULL,
	media_type    text NOT NULL,
	context       text NOT NULL,
	role          text NOT NULL,
	forward_query boolean NOT NULL,
	valid_from    timestamptz,
	valid_until   timestamptz,
	PRIMARY KEY (gtin, serial, lot_handle, id)
);

-- A lot is known to schema pub by its handle alone, but /01/…/10/LOT asks by its number. So a lot that
-- the brand gave public links, and no other, can be found here by who knows the number already. Who can
-- read this table can try numbers, and could do so at the server, too.
CREATE TABLE pub.link_lot (
	gtin       bigint NOT NULL,
	proof      bytea NOT NULL,
	lot_handle text NOT NULL,
	PRIMARY KEY (gtin, proof)
);

ALTER TABLE pub.gtin ADD COLUMN redirects boolean NOT NULL DEFAULT false;
CREATE TABLE pub.link_brand (
	brand_id  bigint PRIMARY KEY,
	redirects boolean NOT NULL
);
CREATE FUNCTION pub.take_link_mode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.redirects := coalesce((SELECT b.redirects FROM pub.link_brand AS b WHERE b.brand_id = NEW.brand_id), false);
	RETURN NEW;
END $$;
CREATE TRIGGER take_link_mode BEFORE INSERT ON pub.gtin FOR EACH ROW EXECUTE FUNCTION pub.take_link_mode();

GRANT SELECT ON pub.link, pub.link_lot, pub.link_brand TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON pub.link, pub.link_lot TO suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE ON pub.link_brand TO suyuan_jobs;

DO $$
DECLARE
	t text;
	mine text;
BEGIN
	FOREACH t IN ARRAY ARRAY['trace.link', 'trace.link_mode', 'pub.link', 'pub.link_lot', 'pub.link_brand']
	LOOP
		mine := CASE WHEN t IN ('pub.link', 'pub.link_lot') THEN format(
			'EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = %I.gtin)', split_part(t, '.', 2))
			ELSE 'brand_id = base.session_brand()' END;
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console USING (%s) WITH CHECK (%s)', t, mine, mine);
		CONTINUE WHEN t LIKE 'trace.%';
		EXECUTE format('CREATE POLICY public ON %s FOR SELECT TO suyuan_public USING (true)', t);
	END LOOP;
END $$;

-- --- changing ---

-- What stands for a lot's number in pub.link_lot.
CREATE FUNCTION pub.lot_proof(of_gtin bigint, of_lot text) RETURNS bytea
LANGUAGE sql STABLE AS $$
	SELECT sha256(convert_to(i.id::text || lpad(of_gtin::text, 14, '0') || of_lot, 'UTF8')) FROM pub.instance AS i
$$;

-- Makes the public links of one place anew, and tells every worker.
CREATE FUNCTION trace.publish_links(of_gtin bigint, of_lot text, of_serial text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	handle text := trace.lot_handle(of_gtin, of_lot);
BEGIN
	DELETE FROM pub.link AS p WHERE p.gtin = of_gtin AND p.serial = of_serial AND p.lot_handle = handle;
	INSERT INTO pub.link (gtin, lot_handle, serial, id, link_type, href, title, hreflang, media_type, context,
		role, forward_query, valid_from, valid_until)
	SELECT l.gtin, handle, l.serial, l.id, l.link_type, l.href, l.title, l.hreflang, l.media_type, l.context,
		l.role, l.forward_query, l.valid_from, l.valid_until
	FROM trace.link_now AS l
	WHERE l.gtin = of_gtin AND l.lot = of_lot AND l.serial = of_serial AND l.public;
	IF of_lot <> '' AND FOUND THEN
		INSERT INTO pub.link_lot VALUES (of_gtin, pub.lot_proof(of_gtin, of_lot), handle) ON CONFLICT DO NOTHING;
	ELSIF of_lot <> '' THEN
		DELETE FROM pub.link_lot AS d WHERE d.gtin = of_gtin AND d.proof = pub.lot_proof(of_gtin, of_lot);
	END IF;
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;

CREATE FUNCTION trace.links_most() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 200';

-- The packaging line of the session changes links only if it was given that right: whoever steals its key
-- could send customers anywhere.
ALTER TABLE code.line ADD COLUMN may_link boolean NOT NULL DEFAULT false;
CREATE FUNCTION trace.may_link(of_gtin bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin) OR NOT code.line_sees(of_gtin) THEN
		PERFORM code.refuse(403, CASE WHEN code.session_line() IS NULL
			THEN 'gtin: no brand owns this GTIN (`suyuan brand own`)'
			ELSE format('gtin: this key is not for GTIN %s', lpad(of_gtin::text, 14, '0')) END,
			json_build_object('member', 'gtin'));
	END IF;
	IF code.session_line() IS NOT NULL
		AND NOT (SELECT l.may_link FROM code.line AS l WHERE l.id = code.session_line()) THEN
		PERFORM code.refuse(403, 'This key may not change links: the operator allows it by `suyuan line set --links on`.');
	END IF;
END $$;

-- Adds links to a place or changes those it has: the same place, type, address, language, media type and
-- context are the same link. A new default takes over from the one before. `given` is what
-- src/model/link.h writes.
CREATE FUNCTION trace.put_links(of_gtin bigint, of_lot text, of_serial text, given jsonb, from_source text,
	OUT added bigint, OUT changed bigint, OUT same bigint)
LANGUAGE plpgsql AS $$
DECLARE
	owner bigint;
	now_there trace.link;
	l record;
	is_known boolean;
BEGIN
	PERFORM trace.may_link(of_gtin);
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
	SELECT o.brand_id INTO owner FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin;
	added := 0; changed := 0; same := 0;
	FOR l IN SELECT * FROM jsonb_to_recordset(given) AS t(link_type text, href text, title text, hreflang text,
		media_type text, context text, role text, forward_query boolean, public boolean, valid_from timestamptz,
		valid_until timestamptz)
	LOOP
		SELECT * INTO now_there FROM trace.link AS r
		WHERE r.brand_id = owner AND r.gtin = of_gtin AND r.lot = of_lot AND r.serial = of_serial
			AND r.link_type = l.link_type AND r.href = l.href AND r.hreflang = l.hreflang
			AND r.media_type = l.media_type AND r.context = l.context
			AND NOT EXISTS (SELECT FROM trace.link AS n WHERE n.replaces = r.id);
		is_known := FOUND;
		IF is_known AND NOT now_there.withdrawn AND now_there.title = l.title AND now_there.role = l.role
			AND now_there.forward_query = l.forward_query AND now_there.public = l.public
			AND now_there.valid_from IS NOT DISTINCT FROM l.valid_from
			AND now_there.valid_until IS NOT DISTINCT FROM l.valid_until THEN
			same := same + 1;
			CONTINUE;
		END IF;
		IF is_known AND NOT now_there.withdrawn THEN changed := changed + 1; ELSE added := added + 1; END IF;
		IF l.role = 'default' THEN
			INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
				role, forward_query, public, valid_from, valid_until, source, replaces)
			SELECT d.brand_id, d.gtin, d.lot, d.serial, d.link_type, d.href, d.title, d.hreflang, d.media_type,
				d.context, '', d.forward_query, d.public, d.valid_from, d.valid_until, from_source, d.id
			FROM trace.link_now AS d
			WHERE d.gtin = of_gtin AND d.lot = of_lot AND d.serial = of_serial AND d.role = 'default'
				AND d.id IS DISTINCT FROM now_there.id
				AND tstzrange(d.valid_from, d.valid_until) && tstzrange(l.valid_from, l.valid_until);
		END IF;
		INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
			role, forward_query, public, valid_from, valid_until, source, replaces)
		VALUES (owner, of_gtin, of_lot, of_serial, l.link_type, l.href, l.title, l.hreflang, l.media_type, l.context,
			l.role, l.forward_query, l.public, l.valid_from, l.valid_until, from_source,
			CASE WHEN is_known THEN now_there.id END);
	END LOOP;
	IF (SELECT count(*) FROM trace.link_now AS n WHERE n.gtin = of_gtin AND n.lot = of_lot AND n.serial = of_serial)
		> trace.links_most() THEN
		PERFORM code.refuse(422, format('links: one GTIN, lot or serial may have %s', trace.links_most()),
			json_build_object('member', 'links', 'limit', trace.links_most()));
	END IF;
	IF added + changed > 0 THEN
		PERFORM trace.publish_links(of_gtin, of_lot, of_serial);
	END IF;
END $$;

-- Withdraws the links of a place that are as asked; what is NULL may be anything. Says how many.
CREATE FUNCTION trace.remove_links(of_gtin bigint, of_lot text, of_serial text, of_type text, of_href text,
	of_hreflang text, of_media_type text, of_context text, from_source text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	gone bigint;
BEGIN
	PERFORM trace.may_link(of_gtin);
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
	INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
		role, forward_query, public, valid_from, valid_until, source, replaces, withdrawn)
	SELECT d.brand_id, d.gtin, d.lot, d.serial, d.link_type, d.href, d.title, d.hreflang, d.media_type, d.context,
		'', d.forward_query, d.public, d.valid_from, d.valid_until, from_source, d.id, true
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

CREATE FUNCTION trace.set_link_mode(of_brand bigint, redirect boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO trace.link_mode (brand_id, redirects) VALUES (of_brand, redirect);
	INSERT INTO pub.link_brand VALUES (of_brand, redirect)
		ON CONFLICT (brand_id) DO UPDATE SET redirects = EXCLUDED.redirects;
	UPDATE pub.gtin AS g SET redirects = redirect
	FROM (SELECT gtin FROM pub.gtin WHERE brand_id = of_brand ORDER BY gtin FOR UPDATE) AS held
	WHERE g.gtin = held.gtin;
	PERFORM pub.touch_brand(of_brand);
END $$;
