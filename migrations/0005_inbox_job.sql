-- What comes in from the public (write only) and what is to be done later.

CREATE TABLE inbox.scan (
	gtin    bigint NOT NULL,
	id      bigint GENERATED ALWAYS AS IDENTITY,
	at      timestamptz NOT NULL DEFAULT now(),
	counter bigint,                         -- NULL: a code that was never issued
	visitor bytea CHECK (length(visitor) <= 16),   -- keyed hash, never an address
	kind    smallint NOT NULL DEFAULT 0,
	PRIMARY KEY (gtin, id)
);
GRANT INSERT ON inbox.scan TO suyuan_public;
GRANT SELECT, DELETE ON inbox.scan TO suyuan_jobs;

CREATE TYPE job.state AS ENUM ('waiting', 'running', 'done', 'failed', 'cancelled');
CREATE TABLE job.job (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id   bigint,
	kind       text NOT NULL,
	arguments  jsonb NOT NULL DEFAULT '{}',
	state      job.state NOT NULL DEFAULT 'waiting',
	done       bigint NOT NULL DEFAULT 0,
	total      bigint,
	report     jsonb,
	made_at    timestamptz NOT NULL DEFAULT now(),
	started_at timestamptz,
	ended_at   timestamptz
);
CREATE INDEX job_waiting ON job.job (id) WHERE state = 'waiting';
GRANT SELECT, INSERT ON job.job TO suyuan_console;
GRANT SELECT, INSERT, UPDATE ON job.job TO suyuan_jobs;
