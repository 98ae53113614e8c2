-- Packaging lines and their keys by `suyuan line` and by the console: one truth for both. The console's role may
-- not touch these tables; admins of a brand change its own lines by functions with the owner's rights.

ALTER TABLE code.line_key ADD COLUMN seen_at timestamptz;   -- used last, to the minute
GRANT SELECT (seen_at) ON code.line_key TO suyuan_console, suyuan_jobs;
DROP TRIGGER audited ON code.line_key;
SELECT audit.watch('code.line_key', 'sha256', 'seen_at');

-- As in 0009, but it notes when the key was used.
CREATE OR REPLACE FUNCTION code.enter_line(key_id text, secret_sha256 bytea, OUT line_id bigint, OUT brand_id bigint,
	OUT name text, OUT rate bigint, OUT remaining bigint, OUT quota bigint, OUT quota_left bigint,
	OUT quota_seconds bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	left_over double precision;
	seen timestamptz;
	utc timestamp := clock_timestamp() AT TIME ZONE 'UTC';
BEGIN
	SELECT l.id, l.brand_id, l.name, l.requests_per_minute, l.codes_per_day, k.seen_at
	INTO line_id, brand_id, name, rate, quota, seen
	FROM code.line_key AS k JOIN code.line AS l ON l.id = k.line_id
	WHERE k.id = key_id AND k.sha256 = secret_sha256 AND k.revoked_at IS NULL
		AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
	IF NOT FOUND THEN
		PERFORM code.refuse(401, 'This key is not valid: it is mistyped, has ended or was revoked.');
	END IF;
	INSERT INTO code.line_rate AS r VALUES (enter_line.line_id, rate - 1, clock_timestamp())
	ON CONFLICT ON CONSTRAINT line_rate_pkey DO UPDATE
		SET tokens = least(rate, r.tokens + extract(epoch FROM clock_timestamp() - r.at) * rate / 60) - 1,
			at = clock_timestamp()
		WHERE least(rate, r.tokens + extract(epoch FROM clock_timestamp() - r.at) * rate / 60) >= 1
	RETURNING tokens INTO left_over;
	IF left_over IS NULL THEN
		PERFORM code.refuse(429, format('This line may send %s requests a minute.', rate),
			json_build_object('limit', rate, 'retry_after', greatest(1, ceil(60.0 / rate))));
	END IF;
	IF seen IS NULL OR seen < clock_timestamp() - interval '1 minute' THEN
		UPDATE code.line_key AS k SET seen_at = clock_timestamp() WHERE k.id = enter_line.key_id;
	END IF;
	remaining := floor(left_over);
	quota_left := greatest(0, quota - coalesce((SELECT d.codes FROM code.line_day AS d
		WHERE d.line_id = enter_line.line_id AND d.day = utc::date), 0));
	quota_seconds := ceil(86400 - extract(epoch FROM utc - date_trunc('day', utc)));
END $$;

-- --- what may be asked for ---

-- What a line has unless it is said; the console gives no more than that: more is the operator's to give.
CREATE FUNCTION code.line_usual(OUT rate integer, OUT quota bigint)
LANGUAGE sql IMMUTABLE AS $$ SELECT 600, 10000000000 $$;

-- Refuses what a line of the brand cannot be given; `had`: what it has now.
CREATE FUNCTION code.check_line(of_brand bigint, of_gtins bigint[], rate integer, quota bigint, had code.line)
RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
	from_console CONSTANT boolean := session_user = 'suyuan_console';
	most_rate CONSTANT integer := CASE WHEN from_console
		THEN greatest((code.line_usual()).rate, had.requests_per_minute) ELSE 1000000 END;
	most_quota CONSTANT bigint := CASE WHEN from_console
		THEN greatest((code.line_usual()).quota, had.codes_per_day) ELSE 1099511627776 END;
	foreign_gtin bigint;
BEGIN
	SELECT asked INTO foreign_gtin FROM unnest(of_gtins) AS asked WHERE NOT EXISTS (
		SELECT FROM trace.gtin_owner AS o WHERE o.gtin = asked AND o.brand_id = of_brand) ORDER BY 1 LIMIT 1;
	IF FOUND THEN
		PERFORM code.refuse(422, format('gtins: GTIN %s is not of this brand (`suyuan brand own`)',
			lpad(foreign_gtin::text, 14, '0')), json_build_object('member', 'gtins', 'code', 'desk_foreign_gtin'));
	ELSIF cardinality(of_gtins) NOT BETWEEN 1 AND 1000 THEN
		PERFORM code.refuse(400, 'gtins: must be 1 to 1000', json_build_object('member', 'gtins', 'limit', 1000,
			'code', 'desk_too_many'));
	ELSIF rate NOT BETWEEN 1 AND most_rate THEN
		PERFORM code.refuse(400, format('requests_per_minute: must be 1 to %s', most_rate), json_build_object(
			'member', 'requests_per_minute', 'limit', format('1 to %s', most_rate), 'code', 'line_limit'));
	ELSIF quota NOT BETWEEN 0 AND most_quota THEN
		PERFORM code.refuse(400, format('codes_per_day: must be 0 to %s', most_quota), json_build_object(
			'member', 'codes_per_day', 'limit', format('0 to %s', most_quota), 'code', 'line_limit'));
	END IF;
END $$;

-- The line, held to the end of the transaction; 404 where it is not of the session's brand. The operator's
-- session has none and reaches all.
CREATE FUNCTION code.line_held(of_line bigint) RETURNS code.line LANGUAGE plpgsql AS $$
DECLARE
	l code.line;
BEGIN
	PERFORM team.check_admin();
	SELECT * INTO l FROM code.line AS o WHERE o.id = of_line
		AND (session_user <> 'suyuan_console' OR o.brand_id = base.session_brand()) FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such line.');
	END IF;
	RETURN l;
END $$;

CREATE FUNCTION code.line_give_key(l code.line, of_key text, of_sha256 bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT count(*) >= 10 FROM code.line_key AS k WHERE k.line_id = l.id AND k.revoked_at IS NULL
		AND (k.expires_at IS NULL OR k.expires_at > now())) THEN
		PERFORM code.refuse(409, 'A line may have 10 valid keys: revoke one first.',
			json_build_object('limit', 10, 'code', 'line_keys'));
	END IF;
	INSERT INTO code.line_key (id, brand_id, line_id, sha256) VALUES (of_key, l.brand_id, l.id, of_sha256);
END $$;

-- --- what is done ---

-- A line with its first key. NULL: every GTIN of the brand, the usual limits, no links.
CREATE FUNCTION code.line_add(of_brand bigint, of_name text, of_gtins bigint[], rate integer, quota bigint,
	links boolean, of_key text, of_sha256 bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made code.line;
BEGIN
	PERFORM team.check_admin();
	IF session_user = 'suyuan_console' AND of_brand IS DISTINCT FROM base.session_brand() THEN
		PERFORM code.refuse(403, 'This is for admins of the brand.');
	END IF;
	PERFORM code.check_line(of_brand, of_gtins, rate, quota, NULL);
	IF of_name !~ '^[a-z0-9][a-z0-9-]{0,62}$' THEN
		PERFORM code.refuse(400, 'name: 1 to 63 of a-z 0-9 -, beginning with a letter or digit.',
			json_build_object('member', 'name', 'code', 'line_name'));
	END IF;
	-- One new line of a brand at a time, so that many at once stay within the limit, too.
	PERFORM pg_advisory_xact_lock('code.line'::regclass::oid::integer, hashtext(of_brand::text));
	IF (SELECT count(*) >= 500 FROM code.line AS l WHERE l.brand_id = of_brand) THEN
		PERFORM code.refuse(409, 'A brand may have 500 lines.', json_build_object('limit', 500, 'code', 'desk_too_many'));
	END IF;
	INSERT INTO code.line (brand_id, name, gtins, requests_per_minute, codes_per_day, may_link)
	SELECT of_brand, of_name, of_gtins, coalesce(line_add.rate, u.rate), coalesce(line_add.quota, u.quota),
		coalesce(links, false)
	FROM code.line_usual() AS u
	ON CONFLICT (brand_id, name) DO NOTHING RETURNING * INTO made;
	IF made.id IS NULL THEN
		PERFORM code.refuse(409, format('name: there is a line %s already', of_name),
			json_build_object('member', 'name', 'code', 'desk_name_taken'));
	END IF;
	PERFORM code.line_give_key(made, of_key, of_sha256);
	RETURN made.id;
END $$;

-- What is NULL stays as it is; `any_gtin`: every GTIN of the brand.
CREATE FUNCTION code.line_set(of_line bigint, of_gtins bigint[], any_gtin boolean, rate integer, quota bigint,
	links boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l CONSTANT code.line := code.line_held(of_line);
BEGIN
	PERFORM code.check_line(l.brand_id, of_gtins, rate, quota, l);
	UPDATE code.line AS o SET
		gtins = CASE WHEN any_gtin THEN NULL ELSE coalesce(of_gtins, o.gtins) END,
		requests_per_minute = coalesce(rate, o.requests_per_minute),
		codes_per_day = coalesce(quota, o.codes_per_day),
		may_link = coalesce(links, o.may_link)
	WHERE o.id = l.id;
END $$;

-- One more key; those before it end after so many hours, if they do not before; NULL: they stay.
CREATE FUNCTION code.line_key_make(of_line bigint, of_key text, of_sha256 bytea, overlap_hours integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l CONSTANT code.line := code.line_held(of_line);
BEGIN
	UPDATE code.line_key AS k SET expires_at = least(k.expires_at, now() + make_interval(hours => overlap_hours))
	WHERE k.line_id = l.id AND k.revoked_at IS NULL AND overlap_hours IS NOT NULL;
	PERFORM code.line_give_key(l, of_key, of_sha256);
	RETURN l.name;
END $$;

-- Every key of the line (`of_key` NULL), or that one alone, ends at once; how many were valid. The operator may
-- name a key without its line (0).
CREATE FUNCTION code.line_keys_revoke(of_line bigint, of_key text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gone bigint;
BEGIN
	IF session_user = 'suyuan_console' OR of_line <> 0 THEN
		PERFORM code.line_held(of_line);
	END IF;
	UPDATE code.line_key AS k SET revoked_at = now()
	WHERE k.revoked_at IS NULL AND CASE WHEN of_line <> 0 THEN k.line_id = of_line AND (of_key IS NULL OR k.id = of_key)
		ELSE k.id = of_key END;
	GET DIAGNOSTICS gone = ROW_COUNT;
	RETURN gone;
END $$;

DO $$
DECLARE
	f text;
BEGIN
	FOREACH f IN ARRAY ARRAY['line_add', 'line_set', 'line_key_make', 'line_keys_revoke'] LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION code.%I FROM PUBLIC, suyuan_jobs', f);
		EXECUTE format('GRANT EXECUTE ON FUNCTION code.%I TO suyuan_console', f);
	END LOOP;
END $$;

-- A line as the console shows it; `ended`: also keys that are not valid any more.
CREATE FUNCTION code.line_shown(l code.line, ended boolean) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', l.id, 'name', l.name,
		'gtins', (SELECT json_agg(lpad(g::text, 14, '0') ORDER BY g) FROM unnest(l.gtins) AS g),
		'requests_per_minute', l.requests_per_minute, 'codes_per_day', l.codes_per_day,
		'codes_today', coalesce((SELECT d.codes FROM code.line_day AS d
			WHERE d.line_id = l.id AND d.day = (now() AT TIME ZONE 'UTC')::date), 0),
		'may_link', l.may_link, 'made_at', job.moment(l.made_at),
		'seen_at', (SELECT job.moment(max(k.seen_at)) FROM code.line_key AS k WHERE k.line_id = l.id),
		'keys', (SELECT coalesce(json_agg(json_build_object('id', k.id, 'made_at', job.moment(k.made_at),
				'ends_at', job.moment(k.ends_at), 'seen_at', job.moment(k.seen_at), 'valid', k.valid)
				ORDER BY k.made_at DESC, k.id), '[]')
			FROM (SELECT o.id, o.made_at, o.seen_at, least(o.revoked_at, o.expires_at) AS ends_at,
					o.revoked_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > now()) AS valid
				FROM code.line_key AS o WHERE o.line_id = l.id ORDER BY o.made_at DESC LIMIT 100) AS k
			WHERE ended OR k.valid))
$$;
