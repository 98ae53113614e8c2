-- The private trace model. Records are only added: a correction is a new row whose `replaces`
-- names the old one, with the same record_key; a row nobody replaces and that is not withdrawn
-- is the one that counts (the views NAME_now).

CREATE TABLE trace.brand (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	slug       text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	name       base.words NOT NULL,
	contact    jsonb NOT NULL DEFAULT '{}',   -- {"phone": …, "email": …, "url": …}
	accent     text CHECK (accent ~ '^#[0-9a-f]{6}$'),
	created_at timestamptz NOT NULL DEFAULT now(),
	-- Of trace.lot_handle(); 244 random bits. Another key: every document and run under other handles.
	lot_key    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);

-- Who may issue codes and records for a GTIN: one brand.
CREATE TABLE trace.gtin_owner (
	gtin     base.gtin PRIMARY KEY,
	brand_id bigint NOT NULL REFERENCES trace.brand,
	since    timestamptz NOT NULL DEFAULT now(),
	UNIQUE (brand_id, gtin)
);

-- What stands for a lot in schema pub, where a lot number that may be private must not: 20 characters
-- that nobody without the brand's key can tell from chance; '' for no lot. Computed and not drawn,
-- so that there is no row to wait for, and because 120 bits of a keyed hash do not meet twice. NULL:
-- nobody owns the GTIN.
CREATE FUNCTION trace.lot_handle(of_gtin bigint, of_lot text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN coalesce(of_lot, '') = '' THEN '' ELSE encode(substr(
		sha256(b.lot_key || convert_to(lpad(of_gtin::text, 14, '0') || of_lot, 'UTF8')), 1, 15), 'base64') END
	FROM trace.gtin_owner AS o JOIN trace.brand AS b ON b.id = o.brand_id
	WHERE o.gtin = of_gtin
$$;

CREATE TYPE trace.inspection_verdict AS ENUM ('pass', 'fail', 'missing', 'information');

CREATE TABLE trace.product (
	gtin           base.gtin NOT NULL,
	name           base.words NOT NULL,
	description    base.words,
	category       base.words,
	ingredients    base.words,
	net_content    text,
	origin_country base.country,
	origin_place   base.words,
	responsible    base.words,           -- who answers for the product, with address
	care           base.words,           -- storage and use
	internal_note  text,
	unit_cost      base.number,
	record_key     text GENERATED ALWAYS AS (gtin::text) STORED
);

CREATE TABLE trace.facility (
	code       text NOT NULL,            -- GLN or the brand's own
	name       base.words NOT NULL,
	country    base.country,
	place      base.words,
	time_zone  text NOT NULL DEFAULT 'UTC' CHECK (base.is_time_zone(time_zone)),
	address    text,
	record_key text GENERATED ALWAYS AS (code) STORED
);

CREATE TABLE trace.supplier (
	code       text NOT NULL,
	name       base.words NOT NULL,
	country    base.country,
	place      base.words,
	contact    text,
	record_key text GENERATED ALWAYS AS (code) STORED
);

-- What a product, or one lot of it (lot <> ''), is made of.
CREATE TABLE trace.material (
	gtin           base.gtin NOT NULL,
	lot            text NOT NULL DEFAULT '',
	position       integer NOT NULL CHECK (position > 0),
	name           base.words NOT NULL,
	country        base.country,
	supplier       text,                                                  -- trace.supplier.code
	share          base.number CHECK (share >= 0 AND share <= 100),       -- % of mass
	recycled_share base.number CHECK (recycled_share >= 0 AND recycled_share <= 100),
	hazard         base.words,
	record_key     text GENERATED ALWAYS AS (gtin::text || '|' || lot || '|' || position::text) STORED
);

CREATE TABLE trace.lot (
	gtin          base.gtin NOT NULL,
	lot           base.lot NOT NULL,
	facility      text,                  -- trace.facility.code
	produced_on   base.day,
	best_before   base.day,
	quantity      base.number CHECK (quantity >= 0),
	unit          text,
	internal_note text,
	record_key    text GENERATED ALWAYS AS (gtin::text || '|' || lot) STORED,
	CHECK (best_before >= produced_on)
);

CREATE TABLE trace.material_lot (
	supplier    text NOT NULL,           -- trace.supplier.code
	material    text NOT NULL,           -- the supplier's or the brand's article
	lot         text NOT NULL,
	name        base.words NOT NULL,
	country     base.country,
	received_on base.day,
	quantity    base.number CHECK (quantity >= 0),
	unit        text,
	record_key  text GENERATED ALWAYS AS (supplier || '|' || material || '|' || lot) STORED
);

-- What went into a lot: a material lot, or a lot of a product (input_gtin).
CREATE TABLE trace.lot_input (
	gtin       base.gtin NOT NULL,
	lot        base.lot NOT NULL,
	supplier   text NOT NULL DEFAULT '',
	material   text NOT NULL DEFAULT '',
	input_gtin base.gtin,
	input_lot  text NOT NULL,
	quantity   base.number NOT NULL CHECK (quantity >= 0),
	unit       text NOT NULL,
	record_key text GENERATED ALWAYS AS (gtin::text || '|' || lot || '|' || supplier || '|' || material
		|| '|' || coalesce(input_gtin::text, '') || '|' || input_lot) STORED,
	CHECK ((input_gtin IS NULL) = (supplier <> '' AND material <> ''))
);

CREATE TABLE trace.step (
	gtin       base.gtin NOT NULL,
	lot        base.lot NOT NULL,
	position   integer NOT NULL CHECK (position > 0),
	name       base.words NOT NULL,
	facility   text,                     -- trace.facility.code; its time zone is the step's
	started_at base.moment,
	ended_at   base.moment,
	parameters jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(parameters) = 'array'),
	                                     -- [{"name": {lang: …}, "value": "…", "unit": "°C"}, …]
	operator   text,
	record_key text GENERATED ALWAYS AS (gtin::text || '|' || lot || '|' || position::text) STORED,
	CHECK (ended_at >= started_at)
);

CREATE TABLE trace.inspection (
	gtin        base.gtin NOT NULL,
	lot         base.lot NOT NULL,
	serial      text NOT NULL DEFAULT '',     -- '' = the whole lot
	test_code   text NOT NULL,
	sample      text NOT NULL DEFAULT '',     -- tells repeated tests apart
	test        base.words NOT NULL,
	method      text,                         -- "GB 5009.3-2016"
	value       base.number,
	value_text  text,                         -- where the result is not a number
	unit        text,
	lower_limit base.number,
	upper_limit base.number,
	verdict     trace.inspection_verdict NOT NULL,
	measured_at base.moment,                  -- NULL: the time was not recorded
	facility    text,                         -- for the place's own time
	laboratory  base.words,
	instrument  text,
	certificate text,
	record_key  text GENERATED ALWAYS AS (gtin::text || '|' || lot || '|' || serial || '|' || test_code
		|| '|' || sample) STORED,
	CHECK (verdict <> 'missing' OR (value IS NULL AND value_text IS NULL)),
	CHECK (lower_limit <= upper_limit)
);

CREATE TABLE trace.document (
	gtin       base.gtin NOT NULL,
	lot        text NOT NULL DEFAULT '',
	code       text NOT NULL,
	kind       text NOT NULL,                 -- "certificate", "report", "manual" …
	title      base.words NOT NULL,
	issuer     base.words,
	issued_on  base.day,
	media_type text,
	sha256     bytea CHECK (length(sha256) = 32),
	uri        text,
	record_key text GENERATED ALWAYS AS (gtin::text || '|' || lot || '|' || code) STORED
);

-- A correction keeps the key and the brand of what it corrects.
CREATE FUNCTION trace.check_correction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE same boolean;
BEGIN
	EXECUTE format('SELECT record_key = $2 FROM %s WHERE id = $1 AND brand_id = $3', TG_RELID::regclass)
		INTO same USING NEW.replaces, NEW.record_key, NEW.brand_id;
	IF same IS NOT TRUE THEN
		RAISE EXCEPTION 'a correction must name a record of the same brand and key (%)', NEW.record_key
			USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION trace.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'records are only added: correct %.% by a new record', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['product', 'facility', 'supplier', 'material', 'lot', 'material_lot',
		'lot_input', 'step', 'inspection', 'document']
	LOOP
		EXECUTE format('ALTER TABLE trace.%I
			ADD COLUMN id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
			ADD COLUMN brand_id    bigint NOT NULL REFERENCES trace.brand,
			ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
			ADD COLUMN recorded_by text NOT NULL DEFAULT session_user,
			ADD COLUMN source      text NOT NULL DEFAULT '''',   -- file:line or request
			ADD COLUMN replaces    bigint UNIQUE CHECK (replaces < id),
			ADD COLUMN withdrawn   boolean NOT NULL DEFAULT false,
			ADD UNIQUE (brand_id, id),
			ADD FOREIGN KEY (brand_id, replaces) REFERENCES trace.%I (brand_id, id)', t, t);
		EXECUTE format('CREATE UNIQUE INDEX %I ON trace.%I (brand_id, record_key) WHERE replaces IS NULL',
			t || '_first', t);
		EXECUTE format('CREATE INDEX %I ON trace.%I (brand_id, record_key)', t || '_key', t);
		EXECUTE format('CREATE TRIGGER check_correction AFTER INSERT ON trace.%I FOR EACH ROW
			WHEN (NEW.replaces IS NOT NULL) EXECUTE FUNCTION trace.check_correction()', t);
		EXECUTE format('CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.%I
			EXECUTE FUNCTION trace.refuse_change()', t);
		EXECUTE format('CREATE VIEW trace.%I WITH (security_invoker) AS SELECT * FROM trace.%I AS r
			WHERE NOT r.withdrawn
			AND NOT EXISTS (SELECT FROM trace.%I AS n WHERE n.replaces = r.id)', t || '_now', t, t);
		EXECUTE format('GRANT SELECT, INSERT ON trace.%I TO suyuan_console, suyuan_jobs', t);
		EXECUTE format('GRANT SELECT ON trace.%I TO suyuan_console, suyuan_jobs', t || '_now');
	END LOOP;

	-- A GTIN's records belong to the GTIN's owner.
	FOREACH t IN ARRAY ARRAY['product', 'material', 'lot', 'lot_input', 'step', 'inspection', 'document']
	LOOP
		EXECUTE format('ALTER TABLE trace.%I ADD FOREIGN KEY (brand_id, gtin)
			REFERENCES trace.gtin_owner (brand_id, gtin)', t);
		EXECUTE format('CREATE INDEX %I ON trace.%I (gtin%s)', t || '_gtin', t,
			CASE t WHEN 'product' THEN '' ELSE ', lot' END);
	END LOOP;
END $$;

-- The shares of one product or lot sum to at most 100 %; checked at commit, over current rows. One
-- commit of a brand at a time, or two could each be right and both together wrong.
CREATE FUNCTION trace.check_shares() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE total numeric;
BEGIN
	PERFORM pg_advisory_xact_lock('trace.material'::regclass::oid::integer, NEW.brand_id::integer);
	SELECT sum(share) INTO total FROM trace.material_now WHERE gtin = NEW.gtin AND lot = NEW.lot;
	IF total > 100 THEN
		RAISE EXCEPTION 'the shares of % % sum to % %%, over 100 %%', lpad(NEW.gtin::text, 14, '0'),
			NEW.lot, total USING ERRCODE = 'check_violation';
	END IF;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_shares AFTER INSERT ON trace.material
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trace.check_shares();

-- What the public may see: the newest row of a field decides; a product's row before its brand's
-- (gtin 0); no row: private.
CREATE TABLE trace.visibility (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id   bigint NOT NULL REFERENCES trace.brand,
	gtin       bigint NOT NULL DEFAULT 0 CHECK (gtin = 0 OR base.gtin_ok(gtin)),
	field      text NOT NULL,                -- a name of src/model/visibility.def
	visible    boolean NOT NULL,
	decided_at timestamptz NOT NULL DEFAULT now(),
	decided_by text NOT NULL DEFAULT session_user
);
CREATE INDEX visibility_newest ON trace.visibility (brand_id, gtin, field, id DESC);

CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.visibility
	EXECUTE FUNCTION trace.refuse_change();

-- The names of the fields that policy shows for a GTIN.
CREATE FUNCTION trace.visible(of_brand bigint, of_gtin bigint) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT coalesce(array_agg(field), '{}') FROM (
		SELECT DISTINCT ON (v.field) v.field, v.visible
		FROM trace.visibility AS v
		WHERE v.brand_id = of_brand AND v.gtin IN (0, of_gtin)
		ORDER BY v.field, v.gtin DESC, v.id DESC) AS newest
	WHERE visible
$$;

CREATE TABLE trace.recall (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id   bigint NOT NULL,
	gtin       base.gtin NOT NULL,
	lot        text NOT NULL DEFAULT '',      -- '' = every lot of the GTIN
	started_at timestamptz NOT NULL DEFAULT now(),
	ended_at   timestamptz,
	reason     base.words NOT NULL,           -- what is wrong and what to do, for the public
	evidence   text NOT NULL DEFAULT '',
	decided_by text NOT NULL DEFAULT session_user,
	FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin)
);
CREATE UNIQUE INDEX recall_running ON trace.recall (gtin, lot) WHERE ended_at IS NULL;

GRANT SELECT, INSERT ON trace.visibility TO suyuan_console, suyuan_jobs;
GRANT SELECT, INSERT, UPDATE (ended_at) ON trace.recall TO suyuan_console, suyuan_jobs;
GRANT SELECT ON trace.brand, trace.gtin_owner TO suyuan_console, suyuan_jobs;
GRANT INSERT ON trace.gtin_owner TO suyuan_console, suyuan_jobs;
