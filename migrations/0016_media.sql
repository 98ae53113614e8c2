-- Pictures: product photos for the public page. And reports of suspicious codes, which may bring a photo.

-- The photo of a product, made small and stripped of metadata before it comes here (src/job/picture.h). A
-- record like those of 0002: only added, a correction names what it corrects.
CREATE TABLE trace.photo (
	gtin        base.gtin NOT NULL,
	sha256      bytea NOT NULL CHECK (length(sha256) = 32),
	width       integer NOT NULL CHECK (width BETWEEN 1 AND 4096),
	height      integer NOT NULL CHECK (height BETWEEN 1 AND 4096),
	bytes       bytea CHECK (length(bytes) <= 1048576),   -- NULL: withdrawn
	record_key  text GENERATED ALWAYS AS (gtin::text) STORED,
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id    bigint NOT NULL REFERENCES trace.brand,
	recorded_at timestamptz NOT NULL DEFAULT now(),
	recorded_by text NOT NULL DEFAULT session_user,
	source      text NOT NULL DEFAULT '',
	replaces    bigint UNIQUE CHECK (replaces < id),
	withdrawn   boolean NOT NULL DEFAULT false,
	UNIQUE (brand_id, id),
	FOREIGN KEY (brand_id, replaces) REFERENCES trace.photo (brand_id, id),
	FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin),
	CHECK (withdrawn = (bytes IS NULL)),
	CHECK (sha256 = sha256(bytes)),
	-- JPEG alone: that is what it will be called when it is served.
	CHECK (substr(bytes, 1, 3) = '\xffd8ff')
);
ALTER TABLE trace.photo ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX photo_first ON trace.photo (brand_id, record_key) WHERE replaces IS NULL;
CREATE INDEX photo_key ON trace.photo (brand_id, record_key);
CREATE INDEX photo_gtin ON trace.photo (gtin);
CREATE TRIGGER check_correction AFTER INSERT ON trace.photo FOR EACH ROW
	WHEN (NEW.replaces IS NOT NULL) EXECUTE FUNCTION trace.check_correction();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.photo
	EXECUTE FUNCTION trace.refuse_change();
CREATE VIEW trace.photo_now WITH (security_invoker) AS SELECT * FROM trace.photo AS r
	WHERE NOT r.withdrawn
	AND NOT EXISTS (SELECT FROM trace.photo AS n WHERE n.replaces = r.id);
GRANT SELECT, INSERT ON trace.photo TO suyuan_console, suyuan_jobs;
GRANT SELECT ON trace.photo_now TO suyuan_console, suyuan_jobs;

-- What may be seen of them; written with the product's document and gone with it.
CREATE TABLE pub.photo (
	gtin   bigint PRIMARY KEY,
	sha256 bytea NOT NULL,
	bytes  bytea NOT NULL
);
ALTER TABLE pub.photo ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX photo_sha256 ON pub.photo (sha256);
GRANT SELECT ON pub.photo TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON pub.photo TO suyuan_jobs;

-- Reports as they came, until `suyuan jobs` has looked at their photos: nothing decodes them before.
CREATE TABLE inbox.report (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at        timestamptz NOT NULL DEFAULT now(),
	reference text NOT NULL CHECK (reference ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
	gtin      bigint NOT NULL,                              -- the public may not call base.gtin_ok()
	serial    text NOT NULL CHECK (length(serial) <= 20),   -- '': the link names none
	place     text NOT NULL CHECK (length(place) <= 200),
	note      text NOT NULL CHECK (length(note) <= 2000),
	photo     bytea CHECK (length(photo) BETWEEN 1 AND 33554432),
	tries     smallint NOT NULL DEFAULT 0,                  -- begun, this one included
	CHECK (place <> '' OR note <> '' OR photo IS NOT NULL)
);
ALTER TABLE inbox.report ALTER COLUMN photo SET STORAGE EXTERNAL;
GRANT INSERT (reference, gtin, serial, place, note, photo) ON inbox.report TO suyuan_public;
GRANT SELECT, DELETE, UPDATE (tries) ON inbox.report TO suyuan_jobs;

-- Anybody may write here, so there is an end to it: while nobody empties it, 1,000 reports, 200 with a photo.
-- Runs as the owner because the public can write and not read.
CREATE FUNCTION inbox.report_comes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT count(*) FROM (SELECT FROM inbox.report LIMIT 1000) AS waiting) = 1000
		OR (SELECT count(*) FROM (SELECT FROM inbox.report WHERE photo IS NOT NULL LIMIT 200) AS waiting) = 200
	THEN
		RAISE EXCEPTION 'too many reports wait' USING ERRCODE = 'SY503';
	END IF;
	PERFORM pg_notify('suyuan_job', '');
	RETURN NULL;
END $$;
CREATE TRIGGER comes BEFORE INSERT ON inbox.report FOR EACH STATEMENT EXECUTE FUNCTION inbox.report_comes();

-- What a brand reads. Not records of the trace: they are closed, and removed after a while.
CREATE TABLE trace.report (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id     bigint NOT NULL,
	gtin         base.gtin NOT NULL,
	serial       text NOT NULL,
	reference    text NOT NULL,
	at           timestamptz NOT NULL,
	place        text NOT NULL,
	note         text NOT NULL,
	photo        bytea CHECK (substr(photo, 1, 3) = '\xffd8ff' AND length(photo) <= 4194304),
	photo_width  integer,
	photo_height integer,
	photo_note   text,                     -- why there is none although one came
	closed_at    timestamptz,
	closed_by    text,
	closing_note text NOT NULL DEFAULT '',
	FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin)
);
ALTER TABLE trace.report ALTER COLUMN photo SET STORAGE EXTERNAL;
CREATE INDEX report_newest ON trace.report (brand_id, at DESC, id DESC);
CREATE INDEX report_reference ON trace.report (reference);
CREATE INDEX report_age ON trace.report (at);
GRANT SELECT, UPDATE (closed_at, closed_by, closing_note) ON trace.report TO suyuan_console;
GRANT SELECT, INSERT, DELETE ON trace.report TO suyuan_jobs;

DO $$
DECLARE
	t text;
	mine text;
BEGIN
	FOREACH t IN ARRAY ARRAY['trace.photo', 'trace.report', 'pub.photo']
	LOOP
		mine := CASE t WHEN 'pub.photo' THEN
			'EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = photo.gtin)'
			ELSE 'brand_id = base.session_brand()' END;
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console USING (%s)', t, mine);
	END LOOP;
	CREATE POLICY public ON pub.photo FOR SELECT TO suyuan_public USING (true);
END $$;
