-- The rooms of the database and who may enter them: private trace data, codes, the public
-- projection, the scan inbox, jobs. The four roles exist before (DESIGN section 2).

REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA base;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA base;
CREATE SCHEMA trace;
CREATE SCHEMA code;
CREATE SCHEMA pub;
CREATE SCHEMA inbox;
CREATE SCHEMA job;

-- What was applied; written by `suyuan migrate` in the transaction of each migration.
CREATE TABLE base.migration (
	number     integer PRIMARY KEY CHECK (number > 0),
	name       text NOT NULL,
	sha256     bytea NOT NULL CHECK (length(sha256) = 32),
	applied_at timestamptz NOT NULL DEFAULT now()
);

-- PostgreSQL lets everyone connect and make temporary tables unless told otherwise.
DO $$
BEGIN
	EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO suyuan_public, suyuan_console, suyuan_jobs',
		current_database());
	-- Imports collect their rows in temporary tables.
	EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO suyuan_jobs', current_database());
END $$;
-- Nor may the public call a function of ours; who writes needs those of the checks.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO suyuan_console, suyuan_jobs;

GRANT USAGE ON SCHEMA pub, inbox TO suyuan_public;
GRANT USAGE ON SCHEMA base, trace, code, pub, job TO suyuan_console;
GRANT USAGE ON SCHEMA base, trace, code, pub, inbox, job TO suyuan_jobs;

-- GS1 General Specifications 7.9.1: weights 3 and 1 from the right, sum divisible by ten.
CREATE FUNCTION base.gtin_ok(gtin bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT gtin BETWEEN 1 AND 99999999999999 AND sum(
		(gtin / (10::numeric ^ i)::bigint % 10) * CASE WHEN i % 2 = 0 THEN 1 ELSE 3 END) % 10 = 0
	FROM generate_series(0, 13) AS i
$$;

-- Text by language: {"zh-CN": "…", "en": "…"}; "und" where the language is not known.
CREATE FUNCTION base.is_text_by_language(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT jsonb_typeof(value) = 'object' AND NOT EXISTS (
		SELECT FROM jsonb_each(value) AS t(tag, word)
		WHERE jsonb_typeof(word) <> 'string' OR word = '""'
			OR tag !~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$')
$$;

CREATE DOMAIN base.words AS jsonb CHECK (base.is_text_by_language(VALUE));
CREATE DOMAIN base.country AS text CHECK (VALUE ~ '^[A-Z]{2}$');      -- ISO 3166-1 alpha-2
CREATE DOMAIN base.gtin AS bigint CHECK (base.gtin_ok(VALUE));        -- 14 digits, zeros implied
-- Dates and numbers that can be printed: no infinity, no "not a number", four digits of a year.
CREATE DOMAIN base.day AS date CHECK (VALUE BETWEEN '1000-01-01' AND '9999-12-31');
CREATE DOMAIN base.moment AS timestamptz
	CHECK (VALUE >= '1000-01-02 00:00Z' AND VALUE < '9999-12-31 00:00Z');
CREATE DOMAIN base.number AS numeric CHECK (VALUE > '-Infinity' AND VALUE < 'Infinity');
-- GS1 AI (10): 1 to 20 of character set 82.
CREATE DOMAIN base.lot AS text CHECK (VALUE ~ '^[-!"%&''()*+,./0-9:;<=>?A-Z_a-z]{1,20}$');

-- An IANA name this server knows.
CREATE FUNCTION base.is_time_zone(name text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF name !~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$' THEN RETURN false; END IF;
	PERFORM timestamptz '2000-01-01 00:00:00Z' AT TIME ZONE name;
	RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
END $$;

-- "2026-09-01T08:30:00+08:00": whole seconds with the place's own offset at that time.
CREATE FUNCTION base.local_time(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD"T"HH24:MI:SS')
		|| CASE WHEN minutes < 0 THEN '-' ELSE '+' END
		|| to_char(abs(minutes) / 60, 'FM00') || ':' || to_char(abs(minutes) % 60, 'FM00')
	FROM (SELECT (extract(epoch FROM (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC')) / 60)::integer)
		AS t(minutes)
$$;

-- The brand the console's session works for; no brand: no row.
CREATE FUNCTION base.session_brand() RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT nullif(current_setting('suyuan.brand', true), '')::bigint
$$;
