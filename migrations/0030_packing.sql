-- What stands on the console's pages of packing: lines and their keys, batches as people look for them, and
-- refusals that say by a code what is wrong, so that people are told in their language.

-- --- lines ---
-- One truth for `suyuan line` and the console, whose role may not touch these tables: admins of a brand change its
-- own lines by functions with the owner's rights.

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

-- --- batches as people look for them ---

-- new: nothing was said of any of its codes yet; closed: nothing more comes of it; else open.
CREATE FUNCTION code.batch_state(b code.batch) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN (SELECT range_agg(c.positions) @> int4range(0, b.quantity::integer) FROM code.closing AS c
			WHERE c.batch_id = b.id) THEN 'closed'
		WHEN EXISTS (SELECT FROM code.event AS e WHERE e.gtin = b.gtin AND e.first = b.first AND e.state IS NOT NULL)
			THEN 'open'
		ELSE 'new' END
$$;

-- Whether it is what somebody looks for: a part of product, lot or GTIN, or how its id begins.
CREATE FUNCTION code.batch_fits(b code.batch, q text) RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT position(lower(q) IN lower(b.product)) > 0 OR position(lower(q) IN lower(b.lot)) > 0
		OR position(q IN lpad(b.gtin::text, 14, '0')) > 0 OR starts_with(b.id::text, lower(q))
		OR b.lot IS NULL AND EXISTS (SELECT FROM code.run AS r
			WHERE r.batch_id = b.id AND position(lower(q) IN lower(r.lot)) > 0)
$$;

-- As in 0010_life.sql, but planned once a session and not once a batch of a list.
CREATE OR REPLACE FUNCTION code.standing(of_gtin bigint, asked int8range)
RETURNS TABLE (state code.state, lot text, single boolean, codes bigint) LANGUAGE plpgsql STABLE
SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY WITH part AS MATERIALIZED (
		SELECT r.state, coalesce(b.lot, r.lot)::text AS lot, lower(r.counters * asked) AS a,
			upper(r.counters * asked) AS z
		FROM code.run AS r JOIN code.batch AS b ON b.id = r.batch_id
		WHERE r.gtin = of_gtin AND r.counters && asked
	), own AS MATERIALIZED (
		SELECT p.state AS base, p.lot, i.state::code.state AS state, count(*) AS codes
		FROM part AS p CROSS JOIN LATERAL (
			SELECT state FROM pub.item WHERE gtin = of_gtin AND counter >= p.a AND counter < p.z OFFSET 0) AS i
		GROUP BY 1, 2, 3
	)
	SELECT state, lot, single, sum(codes)::bigint FROM (
		SELECT state, lot, false, z - a FROM part
		UNION ALL SELECT base, lot, false, -codes FROM own
		UNION ALL SELECT state, lot, true, codes FROM own) AS t(state, lot, single, codes)
	GROUP BY 1, 2, 3
	HAVING sum(codes) > 0;
END $$;

-- How many of its codes are in which state, as the reconciliation knows it; NULL where to know takes more than a
-- list of batches can afford: thousands of codes that went their own ways.
CREATE FUNCTION code.batch_counts(b code.batch) RETURNS json LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
	IF (SELECT count(*) > 2000 FROM (SELECT FROM pub.item AS i WHERE i.gtin = b.gtin
			AND i.counter >= b.first AND i.counter < b.first + b.quantity LIMIT 2001) AS own)
		OR (SELECT count(*) > 200 FROM (SELECT FROM code.run AS r WHERE r.batch_id = b.id LIMIT 201) AS runs) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT json_object_agg(c.state, c.codes ORDER BY c.state) FROM (
		SELECT s.state, sum(s.codes)::bigint AS codes
		FROM code.standing(b.gtin, int8range(b.first, b.first + b.quantity)) AS s GROUP BY 1) AS c);
END $$;

-- Batches newest first behind one of them (NULL: from the newest on), of one GTIN or all (0), that fit what is
-- looked for ('': all) and are in a state ('': any). Of those that this session may see; each branch walks an index.
CREATE FUNCTION code.batch_list(of_gtin bigint, behind uuid, q text, of_state text, most bigint)
RETURNS SETOF code.batch LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
	gtins CONSTANT bigint[] := code.line_gtins(of_gtin);
	at timestamptz := 'infinity';
	last uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
BEGIN
	IF behind IS NOT NULL THEN
		SELECT c.made_at, c.id INTO at, last FROM code.batch AS c WHERE c.id = behind;
	END IF;
	IF gtins IS NULL THEN
		RETURN QUERY SELECT b.* FROM code.batch AS b WHERE b.brand_id = base.session_brand() AND (b.made_at, b.id) < (at, last)
			AND (q = '' OR code.batch_fits(b, q)) AND (of_state = '' OR code.batch_state(b) = of_state)
		ORDER BY b.made_at DESC, b.id DESC LIMIT most;
	ELSE
		RETURN QUERY SELECT found.* FROM unnest(gtins) AS g CROSS JOIN LATERAL (
			SELECT b.* FROM code.batch AS b WHERE b.gtin = g AND (b.made_at, b.id) < (at, last)
				AND (q = '' OR code.batch_fits(b, q)) AND (of_state = '' OR code.batch_state(b) = of_state)
			ORDER BY b.made_at DESC, b.id DESC LIMIT most) AS found
		ORDER BY found.made_at DESC, found.id DESC LIMIT most;
	END IF;
END $$;

-- A moment as the brand's clocks show it, to the minute.
CREATE FUNCTION code.local(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT to_char(at AT TIME ZONE coalesce((SELECT o.time_zone FROM trace.brand AS o
		WHERE o.id = base.session_brand()), 'UTC'), 'YYYY-MM-DD HH24:MI')
$$;

-- What happened to codes of a batch, the newest first, behind an event (0: from the newest on).
CREATE FUNCTION code.batch_events(b code.batch, behind bigint, most bigint)
RETURNS TABLE (id bigint, line json, local text) LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT e.id, json_build_object('id', e.id, 'state', e.state, 'lot', e.lot,
		'codes', (SELECT sum(upper(span) - lower(span)) FROM unnest(e.positions) AS span),
		'from', lower(e.positions) + 1, 'to', upper(e.positions),
		'at', job.moment(e.at), 'until', job.moment(e.until), 'by', e.by, 'reason', e.reason), code.local(e.at)
	FROM code.event AS e WHERE e.gtin = b.gtin AND e.first = b.first AND (behind = 0 OR e.id < behind)
	ORDER BY e.id DESC LIMIT most
$$;

-- Lots of a product for who asks for codes: at most 200, the last by name, which mostly is the newest.
CREATE FUNCTION code.lots_offered(of_gtin bigint) RETURNS SETOF text LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT DISTINCT ON (l.lot COLLATE "C") l.lot::text FROM (
		SELECT o.lot FROM trace.lot AS o
		WHERE o.brand_id = base.session_brand() AND o.gtin = of_gtin AND code.line_sees(of_gtin) AND NOT o.withdrawn
			AND NOT EXISTS (SELECT FROM trace.lot AS n WHERE n.replaces = o.id)
		ORDER BY o.lot COLLATE "C" DESC, o.id DESC LIMIT 200) AS l
	ORDER BY l.lot COLLATE "C" DESC
$$;

-- --- refusals with a code ---
-- Each as in the migration named before it, but for the codes.

-- 0009
CREATE OR REPLACE FUNCTION code.line_may(of_gtin bigint) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM trace.gtin_owner WHERE gtin = of_gtin) OR NOT code.line_sees(of_gtin) THEN
		PERFORM code.refuse(403, format('gtin: this key is not for GTIN %s', lpad(of_gtin::text, 14, '0')),
			json_build_object('member', 'gtin', 'code', 'pack_gtin'));
	END IF;
END $$;
-- 0024, where it had replaced that of 0009
CREATE OR REPLACE FUNCTION code.make_batch(of_gtin bigint, of_lot text, length integer, stem text, codes bigint,
	counters_most bigint) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	made code.batch;
	owner bigint;
	current_key smallint;
	upto bigint;
BEGIN
	SELECT brand_id INTO owner FROM trace.gtin_owner WHERE gtin = of_gtin;
	IF NOT FOUND THEN
		PERFORM code.refuse(403, 'gtin: no brand owns this GTIN (`suyuan brand own`)',
			json_build_object('member', 'gtin', 'code', 'pack_gtin'));
	END IF;
	SELECT key_id INTO current_key FROM code.serial_key WHERE current;
	IF NOT FOUND THEN
		PERFORM code.refuse(503, 'there is no serial key yet (`suyuan key add`)', json_build_object('code', 'pack_no_key'));
	END IF;
	INSERT INTO code.gtin_counter AS c (gtin, next) VALUES (of_gtin, codes)
		ON CONFLICT (gtin) DO UPDATE SET next = c.next + EXCLUDED.next
		WHERE c.next + EXCLUDED.next <= counters_most
		RETURNING next INTO upto;
	IF upto IS NULL OR upto > counters_most THEN
		PERFORM code.refuse(409, CASE WHEN counters_most = 1099511627776
			THEN 'quantity: the GTIN has not so many counters left'
			ELSE format('quantity: at %s characters a serial no more than %s codes of this GTIN may be out, or '
				'they could be guessed; use longer serials', length, counters_most) END,
			json_build_object('member', 'quantity', 'limit', counters_most, 'code', 'pack_counters'));
	END IF;
	INSERT INTO code.batch (brand_id, gtin, lot, key_id, serial_length, link_stem, first, quantity, made_by,
		line_id, product, produced_on, best_before)
	SELECT owner, of_gtin, of_lot, current_key, length, stem, upto - codes, codes, code.actor(),
		code.session_line(), coalesce(p.name ->> 'zh-CN', p.name ->> 'en', p.name ->> 'und', ''),
		l.produced_on, l.best_before
	FROM (SELECT) AS one
	LEFT JOIN trace.product_now AS p ON p.gtin = of_gtin AND p.brand_id = owner
	LEFT JOIN trace.lot_now AS l ON l.gtin = of_gtin AND l.brand_id = owner AND l.lot = of_lot
	RETURNING * INTO made;
	INSERT INTO code.run (gtin, counters, batch_id, state, since)
		VALUES (of_gtin, int8range(made.first, upto), made.id, 'provisioned', made.made_at);
	INSERT INTO pub.run (gtin, first, last, key_id, serial_length, lot_handle, state, since)
		VALUES (of_gtin, made.first, upto - 1, current_key, length, trace.lot_handle(of_gtin, of_lot),
			'provisioned', made.made_at);
	INSERT INTO pub.gtin AS g (gtin, brand_id, issued) VALUES (of_gtin, owner, upto)
		ON CONFLICT (gtin) DO UPDATE SET issued = greatest(g.issued, EXCLUDED.issued),
			epoch = g.epoch + 1, tx = pg_current_xact_id();
	PERFORM pg_notify('suyuan_change', '');
	RETURN made.id;
END $$;
-- 0024
CREATE OR REPLACE FUNCTION code.answered(of_key text, of_fingerprint bytea, OUT batch_id uuid, OUT job_id bigint)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	line bigint := code.session_line();
	asking text := coalesce(line::text, 'account ' || base.session_account());
	known bytea;
BEGIN
	IF asking IS NULL THEN
		PERFORM code.refuse(403, 'Only a line or a person can ask for codes.');
	ELSIF NOT pg_try_advisory_xact_lock('code.line_request'::regclass::oid::integer,
		hashtext(asking || ' ' || of_key)) THEN
		PERFORM code.refuse(409, 'A request with this Idempotency-Key is under way: ask again in a moment.',
			json_build_object('retry_after', 1, 'code', 'pack_under_way'));
	END IF;
	IF line IS NOT NULL THEN
		SELECT r.fingerprint, r.batch_id, r.job_id INTO known, batch_id, job_id
		FROM code.line_request AS r WHERE r.line_id = line AND r.key = of_key;
	ELSE
		SELECT r.fingerprint, r.batch_id, r.job_id INTO known, batch_id, job_id
		FROM code.account_request AS r WHERE r.account_id = base.session_account() AND r.key = of_key;
	END IF;
	IF known <> of_fingerprint THEN
		PERFORM code.refuse(422, 'This Idempotency-Key was used for another request; every new one needs a key of '
			'its own.', json_build_object('member', 'Idempotency-Key',
			'code', 'pack_key_used'));
	ELSIF known IS NOT NULL THEN
		RETURN NEXT;
	END IF;
END $$;
CREATE OR REPLACE FUNCTION code.count_codes(codes bigint, person_most bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	today date := (now() AT TIME ZONE 'UTC')::date;
	most bigint := person_most;
	asked bigint;
BEGIN
	IF code.session_line() IS NOT NULL THEN
		SELECT codes_per_day INTO most FROM code.line AS l WHERE l.id = code.session_line();
		INSERT INTO code.line_day AS d VALUES (code.session_line(), today, codes, base.session_brand())
			ON CONFLICT ON CONSTRAINT line_day_pkey DO UPDATE SET codes = d.codes + EXCLUDED.codes
			RETURNING d.codes INTO asked;
	ELSE
		INSERT INTO code.account_day AS d VALUES (base.session_account(), today, codes, base.session_brand())
			ON CONFLICT ON CONSTRAINT account_day_pkey DO UPDATE SET codes = d.codes + EXCLUDED.codes
			RETURNING d.codes INTO asked;
	END IF;
	IF asked > most THEN
		PERFORM code.refuse(429, format('quantity: this %s may ask for %s codes a day (UTC)', CASE
			WHEN code.session_line() IS NULL THEN 'account' ELSE 'line' END, most),
			json_build_object('member', 'quantity', 'limit', most, 'code', 'pack_quota', 'retry_after', ceil(86400 - extract(epoch FROM
				now() AT TIME ZONE 'UTC' - date_trunc('day', now() AT TIME ZONE 'UTC')))));
	END IF;
END $$;
-- 0010
CREATE OR REPLACE FUNCTION code.places(of_batch uuid, from_place bigint, to_place bigint,
	OUT id uuid, OUT gtin bigint, OUT first bigint, OUT batch_lot text, OUT counters int8range)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	batch code.batch;
	a bigint := coalesce(from_place, 1);
	z bigint;
BEGIN
	SELECT * INTO batch FROM code.batch AS b WHERE b.id = of_batch;
	IF batch.id IS NULL OR NOT code.is_ours(batch.gtin) THEN
		PERFORM code.refuse(404, format('there is no batch %s', of_batch), json_build_object('member', 'batch', 'code', 'pack_no_batch'));
	END IF;
	z := coalesce(to_place, batch.quantity);
	IF a NOT BETWEEN 1 AND batch.quantity THEN
		PERFORM code.refuse(400, format('from: places of this batch are 1 to %s', batch.quantity),
			json_build_object('member', 'from', 'limit', batch.quantity, 'code', 'pack_place'));
	ELSIF z NOT BETWEEN a AND batch.quantity THEN
		PERFORM code.refuse(400, format('to: places from there are %s to %s', a, batch.quantity),
			json_build_object('member', 'to', 'limit', batch.quantity, 'code', 'pack_place'));
	END IF;
	id := batch.id;
	gtin := batch.gtin;
	first := batch.first;
	batch_lot := batch.lot;
	counters := int8range(batch.first + a - 1, batch.first + z);
END $$;
CREATE OR REPLACE FUNCTION code.change_between(ends code.printed[], new code.state, why base.words DEFAULT NULL,
	OUT changed bigint, OUT already bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	a code.stand;
	z code.stand;
BEGIN
	SELECT * INTO a FROM code.find(ends) AS f WHERE f.line = 1;
	SELECT * INTO z FROM code.find(ends) AS f WHERE f.line = 2;
	IF a.found = 'not_yours' OR z.found = 'not_yours' THEN
		PERFORM code.refuse(403, 'this key is not for the GTIN of these codes', json_build_object(
			'member', CASE WHEN a.found = 'not_yours' THEN 'first' ELSE 'last' END, 'code', 'pack_gtin'));
	ELSIF a.batch_id IS NULL OR z.batch_id IS NULL THEN
		PERFORM code.refuse(404, format('%s: this code was never issued',
			CASE WHEN a.batch_id IS NULL THEN 'first' ELSE 'last' END), json_build_object(
			'member', CASE WHEN a.batch_id IS NULL THEN 'first' ELSE 'last' END, 'code', 'pack_never_issued'));
	ELSIF a.batch_id <> z.batch_id OR a.place > z.place THEN
		PERFORM code.refuse(400, 'last: must stand behind `first` in the same batch', json_build_object(
			'member', 'last', 'code', 'pack_order'));
	END IF;
	SELECT c.changed, c.already, c.refused, c.refusing INTO changed, already, refused, refusing
		FROM code.change_batch(a.batch_id, a.place, z.place, new, why) AS c;
END $$;
CREATE OR REPLACE FUNCTION code.close_batch(of_batch uuid, from_place bigint DEFAULT NULL, to_place bigint DEFAULT NULL,
	OUT voided bigint, OUT closed_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	of record;
	asked int8range;
	places int4range;
	before record;
BEGIN
	SELECT * INTO of FROM code.places(of_batch, from_place, to_place);
	asked := of.counters;
	PERFORM pub.lock_gtins(ARRAY[of.gtin]);
	places := int4range((lower(asked) - of.first)::integer, (upper(asked) - of.first)::integer);
	SELECT max(c.at) AS at, (array_agg(c.by ORDER BY c.id DESC))[1] AS hand INTO before FROM code.closing AS c
		WHERE c.batch_id = of.id AND c.positions && places
		HAVING range_agg(c.positions) @> places;
	IF before.at IS NOT NULL THEN
		PERFORM code.refuse(409, format('batch: closed already, at %s by %s',
			to_char(before.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), before.hand),
			json_build_object('member', 'batch', 'code', 'pack_closed', 'closed_at',
				to_char(before.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')));
	END IF;
	SELECT changed INTO voided FROM code.change_run(of.gtin, lower(asked), upper(asked) - 1, 'void', NULL,
		'{provisioned,printed}');
	INSERT INTO code.closing (gtin, batch_id, positions, voided, by)
		VALUES (of.gtin, of.id, places, voided, code.actor()) RETURNING at INTO closed_at;
END $$;
CREATE OR REPLACE FUNCTION code.give_lot(of_batch uuid, from_place bigint, to_place bigint, new_lot base.lot,
	OUT changed bigint, OUT already bigint)
LANGUAGE plpgsql AS $$
DECLARE
	of record;
	asked int8range;
	whole int8multirange;
	other text;
BEGIN
	SELECT * INTO of FROM code.places(of_batch, from_place, to_place);
	asked := of.counters;
	PERFORM pub.lock_gtins(ARRAY[of.gtin]);
	SELECT range_agg(r.counters * asked) FILTER (WHERE of.batch_lot IS NULL AND r.lot IS NULL),
		string_agg(DISTINCT coalesce(of.batch_lot, r.lot), ', ') FILTER (WHERE coalesce(of.batch_lot, r.lot) <> new_lot)
	INTO whole, other
	FROM code.run AS r WHERE r.gtin = of.gtin AND r.counters && asked;
	IF other IS NOT NULL THEN
		PERFORM code.refuse(409, format('lot: these codes are of lot %s, not of lot %s', other, new_lot),
			json_build_object('member', 'lot', 'from', other, 'to', new_lot, 'code', 'pack_other_lot'));
	END IF;
	SELECT coalesce(sum(upper(span) - lower(span)), 0) INTO changed FROM unnest(whole) AS span;
	already := upper(asked) - lower(asked) - changed;
	IF changed > 0 THEN
		PERFORM code.rewrite_runs(of.gtin, whole, NULL, new_lot);
		PERFORM code.record_counters(of.gtin, whole, NULL, new_lot, NULL);
		PERFORM pub.touch(ARRAY[of.gtin]);
	END IF;
END $$;
-- 0012
CREATE OR REPLACE FUNCTION job.order_labels(batch uuid, label jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	b code.batch;
	first bigint;
	count bigint;
	made bigint;
	held record;
BEGIN
	SELECT * INTO b FROM code.batch AS o WHERE o.id = order_labels.batch AND code.line_sees(o.gtin);
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such batch.', json_build_object('code', 'pack_no_batch'));
	END IF;
	IF jsonb_typeof(label) IS DISTINCT FROM 'object' THEN
		PERFORM code.refuse(400, 'label: must be an object', json_build_object('member', 'label'));
	END IF;
	first := coalesce(job.order_number(label, 'first', 1, b.quantity), 1);
	count := coalesce(job.order_number(label, 'count', 1, b.quantity - first + 1), b.quantity - first + 1);
	IF count > job.labels_most() THEN
		PERFORM code.refuse(400, format('count: one order makes at most %s labels; order a range of the batch with '
			'"first" and "count"', job.labels_most()), json_build_object('member', 'count',
			'limit', format('1 to %s', job.labels_most()), 'code', 'pack_labels_most'));
	END IF;
	-- One order of a brand at a time, to the end of its transaction: many at once stay within the limits, too.
	PERFORM pg_advisory_xact_lock('job.job'::regclass::oid::integer, hashtext(b.brand_id::text));
	SELECT * INTO held FROM job.held(b.brand_id);
	IF held.open >= job.open_most() THEN
		PERFORM code.refuse(429, format('%s jobs of this brand are not done yet: wait for them, or cancel some',
			job.open_most()), json_build_object('limit', job.open_most(), 'retry_after', 10, 'code', 'pack_jobs_most'));
	END IF;
	IF held.codes + count > job.kept_most() THEN
		PERFORM code.refuse(429, format('the label files of this brand may hold %s labels at a time: wait until '
			'old ones are removed, or cancel some', job.kept_most()), json_build_object('member', 'count',
			'limit', job.kept_most(), 'retry_after', 3600, 'code', 'pack_labels_kept'));
	END IF;
	IF held.bytes >= job.bytes_most() THEN
		PERFORM code.refuse(429, format('the label files of this brand may take %s bytes at a time: wait until '
			'old ones are removed', job.bytes_most()),
			json_build_object('limit', job.bytes_most(), 'retry_after', 3600, 'code', 'pack_labels_kept'));
	END IF;
	INSERT INTO job.job (brand_id, gtin, batch_id, kind, arguments, total)
	VALUES (b.brand_id, b.gtin, b.id, 'labels',
		jsonb_build_object('batch', b.id, 'first', first, 'count', count,
			'label', label - 'first' - 'count'), count)
	RETURNING id INTO made;
	RETURN made;
END $$;
-- 0023
CREATE OR REPLACE FUNCTION job.cancel(id bigint) RETURNS job.state
LANGUAGE plpgsql AS $$
DECLARE j job.job;
BEGIN
	SELECT * INTO j FROM job.job AS o WHERE o.id = cancel.id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such job.', json_build_object('code', 'pack_no_job'));
	ELSIF j.state IN ('done', 'failed') OR j.kept THEN
		PERFORM code.refuse(409, format('state: the job is %s and cannot become cancelled',
				CASE WHEN j.kept THEN 'done' ELSE j.state::text END),
			json_build_object('member', 'state', 'state', j.state, 'wanted', 'cancelled', 'code', 'pack_job_ended'));
	ELSIF j.state = 'cancelled' THEN
		RETURN j.state;
	ELSIF pg_try_advisory_xact_lock(job.lock_key(j.id)) THEN
		UPDATE job.job AS o SET state = 'cancelled', cancel_wanted = true, ended_at = now()
		WHERE o.id = j.id;
		RETURN 'cancelled';
	END IF;
	UPDATE job.job AS o SET cancel_wanted = true WHERE o.id = j.id;
	RETURN j.state;
END $$;
-- 0025
CREATE OR REPLACE FUNCTION code.change_batch(of_batch uuid, from_place bigint, to_place bigint, new code.state,
	why base.words DEFAULT NULL, OUT changed bigint, OUT already bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	of record;
	asked int8range;
	holding bigint;
BEGIN
	SELECT * INTO of FROM code.places(of_batch, from_place, to_place);
	asked := of.counters;
	IF new = 'commissioned' THEN
		PERFORM pub.lock_gtins(ARRAY[of.gtin::bigint]);
		IF trace.has_holds(ARRAY[of.gtin::bigint]) THEN
			holding := trace.halt_of_range(of.gtin, asked);
		END IF;
	END IF;
	IF holding IS NOT NULL THEN
		PERFORM code.refuse(409, format('state: some of these codes are held (%s); none was put into use', holding),
			json_build_object('member', 'state', 'code', 'held', 'hold', holding, 'to', new));
	END IF;
	SELECT * INTO changed, already, refused, refusing
		FROM code.change_run(of.gtin, lower(asked), upper(asked) - 1, new, why);
	IF changed = 0 AND refused > 0 THEN
		PERFORM code.refuse(409, format('state: %s cannot become %s: %s %s', CASE WHEN refused = 1 THEN 'this code'
			ELSE refused || ' codes' END, new, CASE WHEN refused = 1 THEN 'it is' ELSE 'they are' END, refusing),
			json_build_object('member', 'state', 'from', refusing, 'to', new, 'refused', refused, 'code', 'pack_step'));
	END IF;
END $$;
