-- The rooms of the database and who may enter them: private trace data, codes, the public
-- projection, the scan inbox, jobs. The four roles exist before (DESIGN section 2).

CREATE EXTENSION IF NOT EXISTS btree_gist;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA base;
CREATE SCHEMA trace;
CREATE SCHEMA code;
CREATE SCHEMA pub;
CREATE SCHEMA inbox;
CREATE SCHEMA job;

GRANT USAGE ON SCHEMA pub, inbox TO suyuan_public;
GRANT USAGE ON SCHEMA base, trace, code, pub, job TO suyuan_console;
GRANT USAGE ON SCHEMA base, trace, code, pub, inbox, job TO suyuan_jobs;

-- GS1 General Specifications 7.9.1: weights 3 and 1 from the right, sum divisible by ten.
CREATE FUNCTION base.gtin_ok(gtin bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT gtin BETWEEN 0 AND 99999999999999 AND sum(
		(gtin / (10::numeric ^ i)::bigint % 10) * CASE WHEN i % 2 = 0 THEN 1 ELSE 3 END) % 10 = 0
	FROM generate_series(0, 13) AS i
$$;

-- Text by language: {"zh-CN": "…", "en": "…"}; "und" where the language is not known.
CREATE FUNCTION base.is_text_by_language(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT jsonb_typeof(value) = 'object' AND NOT EXISTS (
		SELECT FROM jsonb_each(value) AS t(tag, word)
		WHERE jsonb_typeof(word) <> 'string' OR word = '""'
			OR tag !~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$')
$$;

CREATE DOMAIN base.words AS jsonb CHECK (base.is_text_by_language(VALUE));
CREATE DOMAIN base.country AS text CHECK (VALUE ~ '^[A-Z]{2}$');      -- ISO 3166-1 alpha-2
CREATE DOMAIN base.gtin AS bigint CHECK (base.gtin_ok(VALUE));        -- 14 digits, zeros implied
-- GS1 AI (10): 1 to 20 of character set 82.
CREATE DOMAIN base.lot AS text CHECK (VALUE ~ '^[-!"%&''()*+,./0-9:;<=>?A-Z_a-z]{1,20}$');

-- The brand the console's session works for; no brand: no row.
CREATE FUNCTION base.session_brand() RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT nullif(current_setting('suyuan.brand', true), '')::bigint
$$;
