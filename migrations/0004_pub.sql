-- The public projection: all that the lookup process can read, and nothing that is private.
-- Documents hold only what policy allows (src/store/sql/project_*.sql); what was hidden since is in
-- pub.hide and is left out on reading until the documents are made anew.

-- Which database this is: part of every cache key.
CREATE TABLE pub.instance (
	id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	only_one  boolean NOT NULL DEFAULT true UNIQUE CHECK (only_one)
);
INSERT INTO pub.instance DEFAULT VALUES;

CREATE TABLE pub.brand (
	brand_id bigint PRIMARY KEY,
	document jsonb NOT NULL                 -- {"name": {lang: …}, "contact": {…}, "accent": "#…"}
);

-- One row a GTIN with codes or a public page, held in the memory of every lookup worker.
-- `epoch` grows with every change of anything public under the GTIN; `tx` makes the table its own
-- feed: a reader asks for rows whose tx is at or above the xmin of its last snapshot.
CREATE TABLE pub.gtin (
	gtin     bigint PRIMARY KEY,
	brand_id bigint NOT NULL,
	issued   bigint NOT NULL DEFAULT 0,     -- counters below this were issued
	epoch    bigint NOT NULL DEFAULT 1,
	tx       xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX gtin_tx ON pub.gtin (tx);
CREATE INDEX gtin_brand ON pub.gtin (brand_id);

CREATE TABLE pub.product (
	gtin     bigint PRIMARY KEY,
	document jsonb NOT NULL
);

CREATE TABLE pub.lot (
	gtin     bigint NOT NULL,
	lot      text NOT NULL,
	document jsonb NOT NULL,
	PRIMARY KEY (gtin, lot)
);

-- Running recalls; lot '' covers every lot of the GTIN.
CREATE TABLE pub.recall (
	gtin       bigint NOT NULL,
	lot        text NOT NULL DEFAULT '',
	started_at timestamptz NOT NULL,
	reason     jsonb NOT NULL,              -- text by language
	PRIMARY KEY (gtin, lot)
);

-- Denied since the documents were made; gtin 0 = every GTIN of the brand. `decision` is the row of
-- trace.visibility that denied: who cleans up after an older one must leave a newer one standing.
CREATE TABLE pub.hide (
	brand_id bigint NOT NULL,
	gtin     bigint NOT NULL DEFAULT 0,
	field    text NOT NULL,
	decision bigint NOT NULL,
	PRIMARY KEY (brand_id, gtin, field)
);

-- Runs of counters with one state; `first` and `last` are both inside.
CREATE TABLE pub.run (
	gtin          bigint NOT NULL,
	first         bigint NOT NULL,
	last          bigint NOT NULL,
	key_id        smallint NOT NULL,
	serial_length smallint NOT NULL,
	lot           text,
	state         text NOT NULL,            -- a value of code.state
	since         timestamptz NOT NULL,
	PRIMARY KEY (gtin, first)
);

CREATE TABLE pub.item (
	gtin    bigint NOT NULL,
	counter bigint NOT NULL,
	state   text NOT NULL,
	since   timestamptz NOT NULL,
	reason  jsonb,
	PRIMARY KEY (gtin, counter)
);

-- The wrapped keys: worthless without the master key, which the database never sees.
CREATE TABLE pub.serial_key (
	key_id  smallint PRIMARY KEY,
	wrapped bytea NOT NULL,
	tx      xid8 NOT NULL DEFAULT pg_current_xact_id()
);

GRANT SELECT ON ALL TABLES IN SCHEMA pub TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pub TO suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON pub.gtin, pub.recall, pub.hide, pub.run, pub.item TO suyuan_console;
REVOKE INSERT, UPDATE, DELETE ON pub.instance FROM suyuan_jobs;

-- Says that something public changed under these GTINs: every lookup worker drops what it holds.
CREATE FUNCTION pub.touch(gtins bigint[]) RETURNS void LANGUAGE sql AS $$
	UPDATE pub.gtin SET epoch = epoch + 1, tx = pg_current_xact_id() WHERE gtin = ANY (gtins);
	SELECT pg_notify('suyuan_change', '');
$$;
CREATE FUNCTION pub.touch_brand(brand bigint) RETURNS void LANGUAGE sql AS $$
	UPDATE pub.gtin SET epoch = epoch + 1, tx = pg_current_xact_id() WHERE brand_id = brand;
	SELECT pg_notify('suyuan_change', '');
$$;
