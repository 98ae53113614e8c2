-- Codes: wrapped serial keys, a counter per GTIN, batches (one row however many codes), and what
-- happened to runs of counters or to single items.

CREATE TABLE code.serial_key (
	key_id     smallint PRIMARY KEY CHECK (key_id BETWEEN 0 AND 31),   -- first character of a serial
	wrapped    bytea NOT NULL,            -- AES-256 key, wrapped by the master key
	made_at    timestamptz NOT NULL DEFAULT now(),
	current    boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX serial_key_current ON code.serial_key (current) WHERE current;

CREATE TABLE code.gtin_counter (
	gtin base.gtin PRIMARY KEY,
	next bigint NOT NULL DEFAULT 0 CHECK (next BETWEEN 0 AND 1099511627776)   -- 2^40
);

CREATE TABLE code.batch (
	id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	brand_id      bigint NOT NULL,
	gtin          base.gtin NOT NULL,
	lot           base.lot,
	key_id        smallint NOT NULL REFERENCES code.serial_key,
	serial_length smallint NOT NULL CHECK (serial_length BETWEEN 10 AND 20),
	link_stem     text NOT NULL,          -- what the codes of this batch start with, as printed
	first         bigint NOT NULL CHECK (first >= 0),
	quantity      bigint NOT NULL CHECK (quantity BETWEEN 1 AND 1000000000),
	made_at       timestamptz NOT NULL DEFAULT now(),
	made_by       text NOT NULL DEFAULT session_user,
	FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin),
	-- As printed beside the code; kept here so that the same batch gives the same bytes for ever.
	product       text NOT NULL DEFAULT '',
	produced_on   date,
	best_before   date,
	CHECK (first + quantity <= 1099511627776),
	-- The database itself refuses two owners of one counter.
	EXCLUDE USING gist (gtin WITH =, int8range(first, first + quantity) WITH &&)
);

CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.batch
	EXECUTE FUNCTION trace.refuse_change();

-- GS1 EPCIS lifecycle words; FEATURES P11.
CREATE TYPE code.state AS ENUM ('provisioned', 'printed', 'commissioned', 'consumed',
	'decommissioned', 'destroyed', 'void', 'blocked');

-- The state of contiguous counters. Every counter of a batch lies in exactly one run.
CREATE TABLE code.run (
	gtin     base.gtin NOT NULL,
	counters int8range NOT NULL CHECK (NOT isempty(counters)),
	batch_id uuid NOT NULL REFERENCES code.batch,
	state    code.state NOT NULL,
	since    timestamptz NOT NULL DEFAULT now(),
	EXCLUDE USING gist (gtin WITH =, counters WITH &&)
);
CREATE INDEX run_batch ON code.run (batch_id);

-- An item has a row only when something happened to that very item; it outranks the run.
CREATE TABLE code.item (
	gtin    base.gtin NOT NULL,
	counter bigint NOT NULL,
	state   code.state NOT NULL,
	since   timestamptz NOT NULL DEFAULT now(),
	reason  base.words,
	PRIMARY KEY (gtin, counter)
);

-- What was done, in order; never changed.
CREATE TABLE code.event (
	gtin     base.gtin NOT NULL,
	id       bigint GENERATED ALWAYS AS IDENTITY,
	counters int8range NOT NULL,
	state    code.state NOT NULL,
	at       timestamptz NOT NULL DEFAULT now(),
	by       text NOT NULL DEFAULT session_user,
	reason   base.words,
	PRIMARY KEY (gtin, id)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.event
	EXECUTE FUNCTION trace.refuse_change();

-- Which steps a code may take (FEATURES P11). Blocked can be lifted; destroyed and void are the end.
CREATE FUNCTION code.may_follow(old code.state, new code.state) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT new = ANY (CASE old
		WHEN 'provisioned' THEN '{printed,commissioned,destroyed,void,blocked}'
		WHEN 'printed' THEN '{commissioned,destroyed,void,blocked}'
		WHEN 'commissioned' THEN '{consumed,decommissioned,destroyed,void,blocked}'
		WHEN 'consumed' THEN '{decommissioned,destroyed,blocked}'
		WHEN 'decommissioned' THEN '{destroyed,blocked}'
		WHEN 'blocked' THEN '{commissioned,consumed,decommissioned,destroyed,void}'
		ELSE '{}' END::code.state[])
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA code TO suyuan_console, suyuan_jobs;
GRANT INSERT ON code.batch, code.run, code.item, code.event TO suyuan_console, suyuan_jobs;
GRANT UPDATE ON code.run, code.item TO suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE ON code.gtin_counter TO suyuan_console, suyuan_jobs;
GRANT DELETE ON code.run TO suyuan_console, suyuan_jobs;
