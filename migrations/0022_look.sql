-- A brand's look and texts, the links it gives, and papers that are shown with its products. What people
-- bring as files waits in trace.upload until `suyuan jobs` has looked at it apart (src/job/paper_desk.h):
-- nothing else decodes a file.

-- --- look ---

ALTER TABLE trace.brand
	ADD COLUMN motto base.words NOT NULL DEFAULT '{}',    -- one line under the name
	ADD COLUMN about base.words NOT NULL DEFAULT '{}',    -- a few sentences at the foot of the page
	ADD COLUMN logo  bytea CHECK (length(logo) = 32);     -- trace.logo.sha256

-- Every logo that was ever shown, made small and stripped before it comes here: JPEG, as it is called.
CREATE TABLE trace.logo (
	brand_id bigint NOT NULL REFERENCES trace.brand,
	sha256   bytea NOT NULL CHECK (length(sha256) = 32),
	width    integer NOT NULL CHECK (width BETWEEN 1 AND 1024),
	height   integer NOT NULL CHECK (height BETWEEN 1 AND 1024),
	bytes    bytea NOT NULL CHECK (length(bytes) <= 262144 AND substr(bytes, 1, 3) = '\xffd8ff'),
	PRIMARY KEY (brand_id, sha256),
	CHECK (sha256 = sha256(bytes))
);
ALTER TABLE trace.logo ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE trace.brand ADD FOREIGN KEY (id, logo) REFERENCES trace.logo (brand_id, sha256);

-- The versions of a look, the newest being what trace.brand says: written by whatever changes that.
CREATE TABLE trace.look (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id   bigint NOT NULL REFERENCES trace.brand,
	name       base.words NOT NULL,
	contact    jsonb NOT NULL,
	accent     text,
	motto      base.words NOT NULL,
	about      base.words NOT NULL,
	logo       bytea,
	decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	decided_by text NOT NULL DEFAULT base.session_by()
);
CREATE INDEX look_newest ON trace.look (brand_id, id DESC);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.look
	EXECUTE FUNCTION trace.refuse_change();
INSERT INTO trace.look (brand_id, name, contact, accent, motto, about, logo, decided_at)
	SELECT id, name, contact, accent, motto, about, logo, created_at FROM trace.brand;

-- What pub.brand says of a brand (src/page/document.h).
CREATE FUNCTION trace.brand_document(b trace.brand) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object(
		'name', nullif(b.name::jsonb, '{}'),
		'contact', nullif(jsonb_strip_nulls(jsonb_build_object(
			'phone', nullif(b.contact ->> 'phone', ''),
			'email', nullif(b.contact ->> 'email', ''),
			'url', nullif(b.contact ->> 'url', ''))), '{}'),
		'accent', b.accent,
		'motto', nullif(b.motto::jsonb, '{}'),
		'about', nullif(b.about::jsonb, '{}'),
		'logo', (SELECT jsonb_build_object('sha256', encode(l.sha256, 'hex'), 'width', l.width, 'height', l.height)
			FROM trace.logo AS l WHERE l.brand_id = b.id AND l.sha256 = b.logo)))
$$;

CREATE TABLE pub.logo (
	brand_id bigint PRIMARY KEY,
	sha256   bytea NOT NULL,
	bytes    bytea NOT NULL
);
ALTER TABLE pub.logo ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX logo_sha256 ON pub.logo (sha256);

-- A look that changes is kept as a version and is public with the same commit. With the owner's rights: who
-- may change a look need not be able to write what the public reads.
CREATE FUNCTION trace.look_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO trace.look (brand_id, name, contact, accent, motto, about, logo)
		VALUES (NEW.id, NEW.name, NEW.contact, NEW.accent, NEW.motto, NEW.about, NEW.logo);
	INSERT INTO pub.brand (brand_id, document) VALUES (NEW.id, trace.brand_document(NEW))
		ON CONFLICT (brand_id) DO UPDATE SET document = EXCLUDED.document;
	DELETE FROM pub.logo AS p WHERE p.brand_id = NEW.id AND p.sha256 IS DISTINCT FROM NEW.logo;
	INSERT INTO pub.logo (brand_id, sha256, bytes)
		SELECT l.brand_id, l.sha256, l.bytes FROM trace.logo AS l
		WHERE l.brand_id = NEW.id AND l.sha256 = NEW.logo
		ON CONFLICT (brand_id) DO NOTHING;
	PERFORM pub.touch_brand(NEW.id);
	RETURN NULL;
END $$;
CREATE TRIGGER look_begins AFTER INSERT ON trace.brand FOR EACH ROW EXECUTE FUNCTION trace.look_changes();
CREATE TRIGGER look_changes AFTER UPDATE ON trace.brand FOR EACH ROW
	WHEN ((OLD.name, OLD.contact, OLD.accent, OLD.motto, OLD.about, OLD.logo)
		IS DISTINCT FROM (NEW.name, NEW.contact, NEW.accent, NEW.motto, NEW.about, NEW.logo))
	EXECUTE FUNCTION trace.look_changes();

-- Refuses a text that cannot stand on a page: `member` names it. Empty: nothing to say against.
CREATE FUNCTION trace.check_text(member text, value text, most integer, lines boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF length(value) > most THEN
		PERFORM code.refuse(400, format('%s: has more than %s characters.', member, most),
			json_build_object('member', member, 'code', 'too_long', 'limit', most));
	ELSIF value ~ (CASE WHEN lines THEN '[\u0001-\u0009\u000b-\u001f\u007f-\u009f]' ELSE '[\u0001-\u001f\u007f-\u009f]' END) THEN
		PERFORM code.refuse(400, format('%s: has control characters.', member),
			json_build_object('member', member, 'code', 'control'));
	END IF;
END $$;

-- What is given takes the place of what was there, language by language; '' takes it away. Flat, as a form
-- sends it: "name.zh-CN", "motto.en", "about.fr", "phone", "email", "url", "accent".
CREATE FUNCTION trace.look_of(of_brand trace.brand, given jsonb) RETURNS trace.brand
LANGUAGE plpgsql STABLE AS $$
DECLARE
	k text;
	v text;
	words jsonb;
	part text[];
BEGIN
	FOR k, v IN SELECT * FROM jsonb_each_text(given) LOOP
		part := regexp_match(k, '^(name|motto|about)\.([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)$');
		v := btrim(replace(coalesce(v, ''), E'\r\n', E'\n'), E' \t\n');
		IF part IS NOT NULL THEN
			PERFORM trace.check_text(k, v, CASE part[1] WHEN 'name' THEN 60 WHEN 'motto' THEN 120 ELSE 1000 END,
				part[1] = 'about');
			words := CASE part[1] WHEN 'name' THEN of_brand.name WHEN 'motto' THEN of_brand.motto ELSE of_brand.about END;
			words := CASE WHEN v = '' THEN words - part[2] ELSE words || jsonb_build_object(part[2], v) END;
			CASE part[1] WHEN 'name' THEN of_brand.name := words;
				WHEN 'motto' THEN of_brand.motto := words;
				ELSE of_brand.about := words; END CASE;
		ELSIF k IN ('phone', 'email', 'url') THEN
			PERFORM trace.check_text(k, v, 200, false);
			IF v <> '' AND v !~ (CASE k WHEN 'phone' THEN '^\+?[0-9][0-9 ()/.-]{2,39}$'
				WHEN 'email' THEN '^[A-Za-z0-9.!#$%&''*+/=?^_{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$'
				ELSE '^https://[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&''()*+,;=:@%/?#-]*)?$' END) THEN
				PERFORM code.refuse(400, format('%s: %s', k, CASE k WHEN 'phone' THEN 'is not a telephone number.'
					WHEN 'email' THEN 'is not an e-mail address.' ELSE 'is not a whole address that begins with https://.' END),
					json_build_object('member', k, 'code', 'look_' || k));
			END IF;
			of_brand.contact := CASE WHEN v = '' THEN of_brand.contact - k
				ELSE of_brand.contact || jsonb_build_object(k, v) END;
		ELSIF k = 'accent' THEN
			IF v <> '' AND v !~ '^#[0-9A-Fa-f]{6}$' THEN
				PERFORM code.refuse(400, 'accent: must be a colour, such as #17653f.',
					json_build_object('member', k, 'code', 'color'));
			END IF;
			of_brand.accent := lower(nullif(v, ''));
		ELSE
			PERFORM code.refuse(400, format('A look has no member "%s".', left(k, 100)),
				json_build_object('member', left(k, 100), 'code', 'unknown_field'));
		END IF;
	END LOOP;
	IF of_brand.name::jsonb = '{}' THEN
		PERFORM code.refuse(422, 'name: a brand needs its name in one language at least.',
			json_build_object('member', (SELECT coalesce(min(m), 'name') FROM jsonb_object_keys(given) AS m
				WHERE m LIKE 'name.%'), 'code', 'look_name'));
	END IF;
	RETURN of_brand;
END $$;

CREATE FUNCTION trace.set_look(given jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	b trace.brand;
BEGIN
	SELECT * INTO b FROM trace.brand WHERE id = base.session_brand() FOR NO KEY UPDATE;
	b := trace.look_of(b, given);
	UPDATE trace.brand SET name = b.name, contact = b.contact, accent = b.accent, motto = b.motto, about = b.about
	WHERE id = b.id;
END $$;

-- As it was with that version; NULL: with the one before the newest.
CREATE FUNCTION trace.restore_look(version bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	v trace.look;
BEGIN
	SELECT * INTO v FROM trace.look AS l WHERE l.brand_id = base.session_brand() AND (version IS NULL OR l.id = version)
	ORDER BY l.id DESC LIMIT 1 OFFSET CASE WHEN version IS NULL THEN 1 ELSE 0 END;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such version of the look.');
	END IF;
	UPDATE trace.brand AS b SET name = v.name, contact = v.contact, accent = v.accent, motto = v.motto, about = v.about,
		logo = v.logo
	WHERE b.id = v.brand_id;
END $$;

CREATE FUNCTION trace.remove_logo() RETURNS void LANGUAGE sql AS $$
	UPDATE trace.brand SET logo = NULL WHERE id = base.session_brand();
$$;
GRANT UPDATE (name, contact, accent, motto, about, logo) ON trace.brand TO suyuan_console, suyuan_jobs;

-- --- papers ---

-- The files of trace.document records, by their content; the record that names the digest has the file.
CREATE TABLE trace.paper_file (
	brand_id    bigint NOT NULL REFERENCES trace.brand,
	sha256      bytea NOT NULL CHECK (length(sha256) = 32),
	media_type  text NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg')),
	bytes       bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 67108864),
	recorded_at timestamptz NOT NULL DEFAULT now(),
	recorded_by text NOT NULL DEFAULT base.session_by(),
	PRIMARY KEY (brand_id, sha256),
	CHECK (sha256 = sha256(bytes)),
	CHECK (CASE media_type WHEN 'image/jpeg' THEN substr(bytes, 1, 3) = '\xffd8ff'
		ELSE substr(bytes, 1, 5) = convert_to('%PDF-', 'UTF8') END)
);
ALTER TABLE trace.paper_file ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.paper_file
	EXECUTE FUNCTION trace.refuse_change();

-- The member "file" of a public document: what is at /media, or NULL where the record has no file.
CREATE OR REPLACE FUNCTION trace.paper_shown(of_brand bigint, of_sha256 bytea) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('sha256', encode(p.sha256, 'hex'),
		'type', CASE p.media_type WHEN 'application/pdf' THEN 'pdf' ELSE 'jpg' END, 'bytes', length(p.bytes))
	FROM trace.paper_file AS p WHERE p.brand_id = of_brand AND p.sha256 = of_sha256
$$;

-- Where a file may be seen, and the file once a GTIN; both follow the documents of schema pub.
CREATE TABLE pub.paper (
	gtin       bigint NOT NULL,
	lot_handle text NOT NULL,               -- '' = the product's
	sha256     bytea NOT NULL,
	PRIMARY KEY (gtin, lot_handle, sha256)
);
CREATE INDEX paper_sha256 ON pub.paper (sha256, gtin);
CREATE TABLE pub.paper_file (
	gtin       bigint NOT NULL,
	sha256     bytea NOT NULL,
	media_type text NOT NULL,
	bytes      bytea NOT NULL,
	PRIMARY KEY (sha256, gtin)
);
ALTER TABLE pub.paper_file ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE FUNCTION pub.follow_papers(of_gtin bigint, of_lot_handle text, shown bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM pub.paper AS p
	WHERE p.gtin = of_gtin AND p.lot_handle = of_lot_handle AND NOT p.sha256 = ANY (shown);
	INSERT INTO pub.paper (gtin, lot_handle, sha256)
		SELECT DISTINCT of_gtin, of_lot_handle, s FROM unnest(shown) AS s ON CONFLICT DO NOTHING;
	DELETE FROM pub.paper_file AS f WHERE f.gtin = of_gtin
		AND NOT EXISTS (SELECT FROM pub.paper AS p WHERE p.gtin = f.gtin AND p.sha256 = f.sha256);
	INSERT INTO pub.paper_file (gtin, sha256, media_type, bytes)
		SELECT of_gtin, f.sha256, f.media_type, f.bytes
		FROM trace.gtin_owner AS o JOIN trace.paper_file AS f ON f.brand_id = o.brand_id
		WHERE o.gtin = of_gtin AND f.sha256 = ANY (shown)
			AND NOT EXISTS (SELECT FROM pub.paper_file AS same WHERE same.gtin = of_gtin AND same.sha256 = f.sha256)
		ON CONFLICT DO NOTHING;
END $$;
REVOKE EXECUTE ON FUNCTION pub.follow_papers FROM suyuan_console, suyuan_jobs;

CREATE FUNCTION pub.papers_in(document jsonb) RETURNS bytea[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(array_agg(decode(f ->> 'sha256', 'hex')), '{}')
	FROM jsonb_path_query(document, '$.documents[*].file') AS f
$$;

-- Only documents that have or had a file cost more than a look at them.
CREATE FUNCTION pub.papers_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) - 'document' END;
	new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) - 'document' END;
	of_row jsonb := coalesce(new_row, old_row);
	old_files bytea[] := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE pub.papers_in(OLD.document) END;
	new_files bytea[] := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE pub.papers_in(NEW.document) END;
BEGIN
	IF cardinality(old_files) + cardinality(new_files) > 0 THEN
		PERFORM pub.follow_papers((of_row ->> 'gtin')::bigint, coalesce(of_row ->> 'lot_handle', ''), new_files);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER papers_come AFTER INSERT ON pub.product FOR EACH ROW
	WHEN (NEW.document ? 'documents') EXECUTE FUNCTION pub.papers_follow();
CREATE TRIGGER papers_change AFTER UPDATE ON pub.product FOR EACH ROW
	WHEN (OLD.document ? 'documents' OR NEW.document ? 'documents') EXECUTE FUNCTION pub.papers_follow();
CREATE TRIGGER papers_go AFTER DELETE ON pub.product FOR EACH ROW
	WHEN (OLD.document ? 'documents') EXECUTE FUNCTION pub.papers_follow();
CREATE TRIGGER papers_come AFTER INSERT ON pub.lot FOR EACH ROW
	WHEN (NEW.document ? 'documents') EXECUTE FUNCTION pub.papers_follow();
CREATE TRIGGER papers_change AFTER UPDATE ON pub.lot FOR EACH ROW
	WHEN (OLD.document ? 'documents' OR NEW.document ? 'documents') EXECUTE FUNCTION pub.papers_follow();
CREATE TRIGGER papers_go AFTER DELETE ON pub.lot FOR EACH ROW
	WHEN (OLD.document ? 'documents') EXECUTE FUNCTION pub.papers_follow();

-- --- uploads ---

CREATE TABLE trace.upload (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	handle   uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
	brand_id bigint NOT NULL REFERENCES trace.brand,
	-- "project": no file; a document of schema pub is to be made anew.
	kind     text NOT NULL CHECK (kind IN ('logo', 'photo', 'paper', 'project')),
	target   jsonb NOT NULL DEFAULT '{}',         -- what it becomes; checked by trace.add_upload()
	bytes    bytea CHECK (length(bytes) BETWEEN 1 AND 67108864),   -- until it was looked at
	made_at  timestamptz NOT NULL DEFAULT now(),
	made_by  text NOT NULL DEFAULT base.session_by(),
	tries    smallint NOT NULL DEFAULT 0,         -- begun, this one included
	state    text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'recorded', 'done', 'refused')),
	ended_at timestamptz,
	result   jsonb NOT NULL DEFAULT '{}'          -- refused: {"code": …}; else what became of it
);
ALTER TABLE trace.upload ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX upload_waiting ON trace.upload (id) WHERE state IN ('waiting', 'recorded');
CREATE INDEX upload_brand ON trace.upload (brand_id, id DESC);
CREATE INDEX upload_ended ON trace.upload (ended_at) WHERE ended_at IS NOT NULL;

CREATE FUNCTION trace.upload_comes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('suyuan_upload', '');
	RETURN NULL;
END $$;
CREATE TRIGGER comes AFTER INSERT ON trace.upload FOR EACH STATEMENT EXECUTE FUNCTION trace.upload_comes();

-- Refuses a place that is not the brand's: what is another's looks like what is not there.
CREATE FUNCTION trace.check_place(of_gtin bigint, of_lot text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin) THEN
		PERFORM code.refuse(422, 'gtin: the brand has no such GTIN.',
			json_build_object('member', 'gtin', 'code', 'gtin_unknown'));
	END IF;
	IF of_lot <> '' AND NOT EXISTS (SELECT FROM trace.lot_now AS l WHERE l.gtin = of_gtin AND l.lot = of_lot) THEN
		PERFORM code.refuse(422, 'lot: the product has no such lot.',
			json_build_object('member', 'lot', 'code', 'lot_unknown'));
	END IF;
END $$;

-- The record that a paper's code stands for now; id NULL: none.
CREATE FUNCTION trace.paper_at(of_gtin bigint, of_lot text, of_code text) RETURNS trace.document
LANGUAGE sql STABLE AS $$
	SELECT d.* FROM trace.document AS d JOIN trace.gtin_owner AS o ON o.gtin = d.gtin AND o.brand_id = d.brand_id
	WHERE d.gtin = of_gtin AND d.lot = of_lot AND d.code = of_code
		AND NOT EXISTS (SELECT FROM trace.document AS n WHERE n.replaces = d.id)
$$;

-- What a paper is to be: "gtin", "lot", "code", "kind", "issuer", "issued_on", "title.LANGUAGE", "replaces" (the
-- handle of none, or the id of a paper that counts). Gives it whole.
CREATE FUNCTION trace.check_paper(given jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	k text;
	v text;
	title jsonb := '{}';
	was trace.document;
	whole jsonb;
BEGIN
	IF given ? 'replaces' THEN
		SELECT * INTO was FROM trace.document_now AS d WHERE d.id = CASE WHEN given ->> 'replaces' ~ '^[0-9]{1,18}$'
			THEN (given ->> 'replaces')::bigint END;
		IF NOT FOUND THEN
			PERFORM code.refuse(404, 'There is no such paper.');
		END IF;
		given := given || jsonb_build_object('gtin', was.gtin, 'lot', was.lot, 'code', was.code);
	END IF;
	PERFORM trace.check_place((given ->> 'gtin')::bigint, coalesce(given ->> 'lot', ''));
	FOR k, v IN SELECT * FROM jsonb_each_text(given) LOOP
		IF k ~ '^title\.[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' THEN
			PERFORM trace.check_text(k, btrim(v), 200, false);
			title := title || CASE WHEN btrim(coalesce(v, '')) = '' THEN '{}'
				ELSE jsonb_build_object(substr(k, 7), btrim(v)) END;
		ELSIF k IN ('code', 'kind', 'issuer') THEN
			PERFORM trace.check_text(k, v, 100, false);
		ELSIF k NOT IN ('gtin', 'lot', 'issued_on', 'replaces') THEN
			PERFORM code.refuse(400, format('A paper has no member "%s".', left(k, 100)),
				json_build_object('member', left(k, 100), 'code', 'unknown_field'));
		END IF;
	END LOOP;
	IF title = '{}' AND was.id IS NULL THEN
		PERFORM code.refuse(422, 'title: a paper needs a title in one language at least.',
			json_build_object('member', (SELECT coalesce(min(m), 'title.en') FROM jsonb_object_keys(given) AS m
				WHERE m LIKE 'title.%'), 'code', 'required'));
	END IF;
	IF coalesce(given ->> 'issued_on', '') <> '' AND NOT base.is_day(given ->> 'issued_on') THEN
		PERFORM code.refuse(400, 'issued_on: must be a date, such as 2026-09-01.',
			json_build_object('member', 'issued_on', 'code', 'date'));
	END IF;
	whole := jsonb_build_object(
		'gtin', (given ->> 'gtin')::bigint, 'lot', coalesce(given ->> 'lot', ''),
		'code', coalesce(nullif(btrim(given ->> 'code'), ''), 'paper-' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 10)),
		'kind', coalesce(nullif(btrim(given ->> 'kind'), ''), was.kind, 'certificate'),
		'title', CASE WHEN title = '{}' THEN was.title::jsonb ELSE title END,
		'issuer', CASE WHEN nullif(btrim(given ->> 'issuer'), '') IS NOT NULL
			THEN jsonb_build_object('und', btrim(given ->> 'issuer')) ELSE was.issuer::jsonb END,
		'issued_on', coalesce(nullif(given ->> 'issued_on', ''), was.issued_on::text),
		'replaces', was.id);
	IF was.id IS NULL AND (trace.paper_at((whole ->> 'gtin')::bigint, whole ->> 'lot', whole ->> 'code')).withdrawn IS FALSE THEN
		PERFORM code.refuse(409, 'code: there is a paper with this code; replace that one.',
			json_build_object('member', 'code', 'code', 'paper_known'));
	END IF;
	RETURN whole;
END $$;

CREATE FUNCTION base.is_day(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN $1 ~ '^\d{4}-\d\d-\d\d$' AND $1::date::base.day IS NOT NULL;
EXCEPTION WHEN data_exception OR check_violation THEN
	RETURN false;
END $$;

-- Takes a file in; what is said of it is refused here, what it is by who looks at it.
CREATE FUNCTION trace.add_upload(of_kind text, given jsonb, of_bytes bytea) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	made uuid;
BEGIN
	IF of_kind = 'photo' THEN
		PERFORM trace.check_place((given ->> 'gtin')::bigint, '');
	ELSIF of_kind = 'paper' THEN
		given := trace.check_paper(given);
	END IF;
	IF (SELECT count(*) FROM trace.upload AS u WHERE u.state = 'waiting' AND u.kind <> 'project') >= 20 THEN
		PERFORM code.refuse(503, 'Too many files of the brand wait to be looked at.',
			json_build_object('member', 'file', 'code', 'upload_busy', 'retry_after', 10));
	END IF;
	INSERT INTO trace.upload (brand_id, kind, target, bytes) VALUES (base.session_brand(), of_kind, given, of_bytes)
		RETURNING handle INTO made;
	RETURN made;
END $$;

-- The next that waits, whose lock this session has from now on; it ends with the session or by
-- pg_advisory_unlock_all(). Others take others.
CREATE FUNCTION trace.take_upload() RETURNS SETOF trace.upload
LANGUAGE plpgsql AS $$
DECLARE
	waiting bigint;
	u trace.upload;
BEGIN
	FOR waiting IN SELECT w.id FROM trace.upload AS w WHERE w.state IN ('waiting', 'recorded') ORDER BY w.id LIMIT 100 LOOP
		CONTINUE WHEN NOT pg_try_advisory_lock('trace.upload'::regclass::oid::integer, (waiting % 2147483647)::integer);
		UPDATE trace.upload AS t SET tries = t.tries + 1 WHERE t.id = waiting AND t.state IN ('waiting', 'recorded')
			RETURNING * INTO u;
		IF FOUND THEN
			RETURN NEXT u;
			RETURN;
		END IF;
		PERFORM pg_advisory_unlock('trace.upload'::regclass::oid::integer, (waiting % 2147483647)::integer);
	END LOOP;
END $$;

CREATE FUNCTION trace.refuse_upload(of_id bigint, of_code text) RETURNS void LANGUAGE sql AS $$
	UPDATE trace.upload SET state = 'refused', ended_at = clock_timestamp(), bytes = NULL,
		result = jsonb_build_object('code', of_code)
	WHERE id = of_id AND state IN ('waiting', 'recorded');
$$;

-- A photo of a product; NULL where it is the one that counts already.
CREATE FUNCTION trace.put_photo(of_gtin bigint, of_bytes bytea, of_width integer, of_height integer, from_source text)
RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO trace.photo (brand_id, gtin, sha256, bytes, width, height, source, replaces)
	SELECT o.brand_id, o.gtin, sha256(of_bytes), of_bytes, of_width, of_height, from_source, newest.id
	FROM trace.gtin_owner AS o
	LEFT JOIN trace.photo AS newest ON newest.gtin = o.gtin AND newest.brand_id = o.brand_id
		AND NOT EXISTS (SELECT FROM trace.photo AS n WHERE n.replaces = newest.id)
	WHERE o.gtin = of_gtin AND (newest.id IS NULL OR newest.withdrawn OR newest.sha256 <> sha256(of_bytes))
	RETURNING id
$$;

-- A paper with its file: a new record, or the correction of the one that its code stands for. `p` is what
-- check_paper() gives.
CREATE FUNCTION trace.put_paper(p jsonb, of_type text, of_bytes bytea, from_source text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	owner bigint := (SELECT o.brand_id FROM trace.gtin_owner AS o WHERE o.gtin = (p ->> 'gtin')::bigint);
	newest trace.document;
	made bigint;
BEGIN
	PERFORM pg_advisory_xact_lock('trace.document'::regclass::oid::integer, owner::integer);
	newest := trace.paper_at((p ->> 'gtin')::bigint, p ->> 'lot', p ->> 'code');
	IF newest.id IS NOT NULL AND NOT newest.withdrawn AND newest.id IS DISTINCT FROM (p ->> 'replaces')::bigint THEN
		PERFORM code.refuse(409, 'code: there is a paper with this code; replace that one.',
			json_build_object('member', 'code', 'code', 'paper_known'));
	END IF;
	INSERT INTO trace.paper_file (brand_id, sha256, media_type, bytes) VALUES (owner, sha256(of_bytes), of_type, of_bytes)
		ON CONFLICT DO NOTHING;
	INSERT INTO trace.document (brand_id, gtin, lot, code, kind, title, issuer, issued_on, media_type, sha256, uri,
		source, replaces)
	VALUES (owner, (p ->> 'gtin')::bigint, p ->> 'lot', p ->> 'code', p ->> 'kind', p -> 'title',
		nullif(p -> 'issuer', 'null'), (p ->> 'issued_on')::date, of_type, sha256(of_bytes), newest.uri, from_source,
		newest.id)
	RETURNING id INTO made;
	RETURN made;
END $$;

-- What was found good becomes what it was meant to be, in the name of who brought it. The documents that show
-- it are made afterwards: "recorded" until then.
CREATE FUNCTION trace.keep_upload(of_id bigint, of_type text, of_bytes bytea, of_width integer, of_height integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	u trace.upload;
	made bigint;
BEGIN
	SELECT * INTO u FROM trace.upload WHERE id = of_id AND state = 'waiting' FOR UPDATE;
	IF NOT FOUND THEN RETURN; END IF;
	PERFORM set_config('suyuan.by', u.made_by, true);
	IF u.kind = 'logo' THEN
		INSERT INTO trace.logo (brand_id, sha256, width, height, bytes)
			VALUES (u.brand_id, sha256(of_bytes), of_width, of_height, of_bytes) ON CONFLICT DO NOTHING;
		UPDATE trace.brand SET logo = sha256(of_bytes) WHERE id = u.brand_id;
	ELSIF u.kind = 'photo' THEN
		made := trace.put_photo((u.target ->> 'gtin')::bigint, of_bytes, of_width, of_height, 'upload');
	ELSIF u.kind = 'paper' THEN
		made := trace.put_paper(u.target, of_type, of_bytes, 'upload');
	END IF;
	UPDATE trace.upload SET state = 'recorded', bytes = NULL, result = jsonb_strip_nulls(jsonb_build_object(
		'id', made, 'sha256', encode(sha256(of_bytes), 'hex'), 'media_type', of_type, 'bytes', length(of_bytes),
		'width', of_width, 'height', of_height))
	WHERE id = of_id;
END $$;

CREATE FUNCTION trace.end_upload(of_id bigint) RETURNS void LANGUAGE sql AS $$
	UPDATE trace.upload SET state = 'done', ended_at = clock_timestamp() WHERE id = of_id AND state = 'recorded';
$$;

-- --- taking back ---

-- The bytes are gone from /media with this commit; the documents that name them follow. With the owner's
-- rights: the console may not write what the public reads, and can only take away what its brand shows.
CREATE FUNCTION trace.take_back_photo(of_gtin bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM pub.photo AS p USING trace.gtin_owner AS o
	WHERE p.gtin = of_gtin AND o.gtin = p.gtin AND o.brand_id = base.session_brand();
	PERFORM pub.touch(ARRAY[of_gtin]) FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin AND o.brand_id = base.session_brand();
END $$;
CREATE FUNCTION trace.take_back_paper(of_gtin bigint, of_lot text, of_sha256 bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	handle text := trace.lot_handle(of_gtin, of_lot);
BEGIN
	PERFORM FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin AND o.brand_id = base.session_brand();
	IF NOT FOUND THEN RETURN; END IF;
	PERFORM pub.follow_papers(of_gtin, handle,
		(SELECT coalesce(array_agg(p.sha256), '{}') FROM pub.paper AS p
		WHERE p.gtin = of_gtin AND p.lot_handle = handle AND p.sha256 <> of_sha256));
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;

CREATE FUNCTION trace.withdraw_photo(of_gtin bigint) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	made uuid;
BEGIN
	INSERT INTO trace.photo (brand_id, gtin, sha256, width, height, replaces, withdrawn)
	SELECT p.brand_id, p.gtin, p.sha256, p.width, p.height, p.id, true
	FROM trace.photo_now AS p JOIN trace.gtin_owner AS o ON o.gtin = p.gtin AND o.brand_id = p.brand_id
	WHERE p.gtin = of_gtin;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'This product has no photo.');
	END IF;
	PERFORM trace.take_back_photo(of_gtin);
	INSERT INTO trace.upload (brand_id, kind, target, state)
		VALUES (base.session_brand(), 'project', jsonb_build_object('gtin', of_gtin, 'lot', ''), 'recorded')
		RETURNING handle INTO made;
	RETURN made;
END $$;

-- Keeps the record: a correction that withdraws it.
CREATE FUNCTION trace.withdraw_paper(of_id bigint, from_source text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	d trace.document;
	made uuid;
BEGIN
	SELECT * INTO d FROM trace.document_now WHERE id = of_id;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such paper.');
	END IF;
	INSERT INTO trace.document (brand_id, gtin, lot, code, kind, title, issuer, issued_on, media_type, sha256, uri,
		source, replaces, withdrawn)
	VALUES (d.brand_id, d.gtin, d.lot, d.code, d.kind, d.title, d.issuer, d.issued_on, d.media_type, d.sha256, d.uri,
		from_source, d.id, true);
	IF d.sha256 IS NOT NULL AND NOT EXISTS (SELECT FROM trace.document_now AS o
		WHERE o.brand_id = d.brand_id AND o.gtin = d.gtin AND o.lot = d.lot AND o.sha256 = d.sha256) THEN
		PERFORM trace.take_back_paper(d.gtin, d.lot, d.sha256);
	END IF;
	INSERT INTO trace.upload (brand_id, kind, target, state)
		VALUES (d.brand_id, 'project', jsonb_build_object('gtin', d.gtin, 'lot', d.lot), 'recorded')
		RETURNING handle INTO made;
	RETURN made;
END $$;

-- --- links ---

ALTER TABLE trace.photo ALTER COLUMN recorded_by SET DEFAULT base.session_by();
ALTER TABLE trace.link ALTER COLUMN recorded_by SET DEFAULT base.session_by();
ALTER TABLE trace.link_mode ALTER COLUMN decided_by SET DEFAULT base.session_by();

-- As in 0015, but a person is told at the field.
CREATE OR REPLACE FUNCTION trace.may_link(of_gtin bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = of_gtin) OR NOT code.line_sees(of_gtin) THEN
		PERFORM code.refuse(403, CASE WHEN base.session_account() IS NOT NULL THEN 'gtin: the brand has no such GTIN.'
			WHEN code.session_line() IS NULL THEN 'gtin: no brand owns this GTIN (`suyuan brand own`)'
			ELSE format('gtin: this key is not for GTIN %s', lpad(of_gtin::text, 14, '0')) END,
			json_build_object('member', 'gtin', 'code', 'gtin_unknown'));
	END IF;
	IF code.session_line() IS NOT NULL
		AND NOT (SELECT l.may_link FROM code.line AS l WHERE l.id = code.session_line()) THEN
		PERFORM code.refuse(403, 'This key may not change links: the operator allows it by `suyuan line set --links on`.');
	END IF;
END $$;

-- Puts links as they were before these records came, the newest first; each must be the one that counts. Gives
-- how many.
CREATE FUNCTION trace.undo_links(records bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	l trace.link;
	was trace.link;
	undone bigint := 0;
BEGIN
	FOR l IN SELECT * FROM trace.link AS r WHERE r.id = ANY (records) ORDER BY r.id DESC LOOP
		PERFORM trace.may_link(l.gtin);
		PERFORM pub.lock_gtins(ARRAY[l.gtin]);
		IF EXISTS (SELECT FROM trace.link AS n WHERE n.replaces = l.id) THEN
			PERFORM code.refuse(409, 'This link was changed again since.', json_build_object('code', 'link_changed'));
		END IF;
		was := NULL;
		SELECT * INTO was FROM trace.link AS r WHERE r.id = l.replaces;
		INSERT INTO trace.link (brand_id, gtin, lot, serial, link_type, href, title, hreflang, media_type, context,
			role, forward_query, public, valid_from, valid_until, source, replaces, withdrawn)
		SELECT b.brand_id, b.gtin, b.lot, b.serial, b.link_type, b.href, b.title, b.hreflang, b.media_type, b.context,
			b.role, b.forward_query, b.public, b.valid_from, b.valid_until, 'undo', l.id, was.id IS NULL OR was.withdrawn
		FROM (SELECT (CASE WHEN was.id IS NULL THEN l ELSE was END).*) AS b;
		PERFORM trace.publish_links(l.gtin, l.lot, l.serial);
		undone := undone + 1;
	END LOOP;
	IF undone = 0 OR undone <> cardinality(records) THEN
		PERFORM code.refuse(404, 'There is no such link.');
	END IF;
	RETURN undone;
END $$;

-- One link of a place, in place of the record `instead` (NULL: a new one). Gives the records that came of it, so
-- that it can be undone.
CREATE FUNCTION trace.change_link(of_gtin bigint, of_lot text, of_serial text, given jsonb, instead bigint)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
	old trace.link;
BEGIN
	PERFORM trace.may_link(of_gtin);
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);
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

CREATE FUNCTION trace.remove_link(of_id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	l trace.link;
BEGIN
	SELECT * INTO l FROM trace.link_now WHERE id = of_id;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such link.');
	END IF;
	PERFORM trace.remove_links(l.gtin, l.lot, l.serial, l.link_type, l.href, l.hreflang, l.media_type, l.context,
		base.session_by());
	RETURN (SELECT r.id FROM trace.link AS r WHERE r.replaces = of_id);
END $$;

-- The mode of the session's brand. With the owner's rights, because it touches every GTIN of the brand.
CREATE FUNCTION trace.set_own_link_mode(redirect boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT trace.set_link_mode(base.session_brand(), redirect) WHERE base.session_account() IS NOT NULL
$$;

-- --- rights ---

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['trace.logo', 'trace.look', 'trace.paper_file', 'trace.upload', 'pub.logo', 'pub.paper',
		'pub.paper_file']
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console USING (%s)', t,
			CASE WHEN t IN ('pub.paper', 'pub.paper_file') THEN format(
				'EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = %I.gtin)', split_part(t, '.', 2))
			ELSE 'brand_id = base.session_brand()' END);
		IF t LIKE 'pub.%' THEN
			EXECUTE format('CREATE POLICY public ON %s FOR SELECT TO suyuan_public USING (true)', t);
		END IF;
	END LOOP;
END $$;
GRANT SELECT ON trace.logo, trace.look, trace.paper_file, trace.upload TO suyuan_console, suyuan_jobs;
GRANT INSERT ON trace.upload TO suyuan_console;
GRANT INSERT, UPDATE, DELETE ON trace.upload TO suyuan_jobs;
GRANT INSERT ON trace.logo, trace.paper_file TO suyuan_jobs;
GRANT SELECT ON pub.logo, pub.paper, pub.paper_file TO suyuan_public, suyuan_console, suyuan_jobs;
REVOKE EXECUTE ON FUNCTION trace.take_upload, trace.refuse_upload, trace.keep_upload, trace.end_upload,
	trace.put_photo, trace.put_paper FROM suyuan_console;

SELECT audit.watch('trace.photo', 'bytes');
SELECT audit.watch('trace.paper_file', 'bytes');
SELECT audit.watch('trace.link_mode');
