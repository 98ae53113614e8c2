-- The day of what a line or a person may ask for is the brand's. Replaces enter_line, line_shown and count_codes of 0030.

-- The day of the brand then, and how many seconds it still has.
CREATE FUNCTION code.day_of(of_brand bigint, at timestamptz, OUT day date, OUT seconds_left bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	zone text := trace.clock_of(of_brand);
BEGIN
	day := pub.day_at(at, zone);
	seconds_left := ceil(extract(epoch FROM base.day_begins(day + 1, zone) - at));
END $$;

COMMENT ON COLUMN code.line_day.day IS 'of the brand''s clock; before migration 0044 UTC''s';
COMMENT ON COLUMN code.account_day.day IS 'of the brand''s clock; before migration 0044 UTC''s';

CREATE OR REPLACE FUNCTION code.enter_line(key_id text, secret_sha256 bytea, OUT line_id bigint, OUT brand_id bigint,
	OUT name text, OUT rate bigint, OUT remaining bigint, OUT quota bigint, OUT quota_left bigint,
	OUT quota_seconds bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	left_over double precision;
	seen timestamptz;
	today record;
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
	today := code.day_of(enter_line.brand_id, clock_timestamp());
	quota_left := greatest(0, quota - coalesce((SELECT d.codes FROM code.line_day AS d
		WHERE d.line_id = enter_line.line_id AND d.day = today.day), 0));
	quota_seconds := today.seconds_left;
END $$;

CREATE OR REPLACE FUNCTION code.line_shown(l code.line, ended boolean) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', l.id, 'name', l.name,
		'gtins', (SELECT json_agg(lpad(g::text, 14, '0') ORDER BY g) FROM unnest(l.gtins) AS g),
		'requests_per_minute', l.requests_per_minute, 'codes_per_day', l.codes_per_day,
		'codes_today', coalesce((SELECT d.codes FROM code.line_day AS d
			WHERE d.line_id = l.id AND d.day = pub.day_at(now(), trace.clock_of(l.brand_id))), 0),
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

CREATE OR REPLACE FUNCTION code.count_codes(codes bigint, person_most bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	today record := code.day_of(base.session_brand(), now());
	most bigint := person_most;
	asked bigint;
BEGIN
	IF code.session_line() IS NOT NULL THEN
		SELECT codes_per_day INTO most FROM code.line AS l WHERE l.id = code.session_line();
		INSERT INTO code.line_day AS d VALUES (code.session_line(), today.day, codes, base.session_brand())
			ON CONFLICT ON CONSTRAINT line_day_pkey DO UPDATE SET codes = d.codes + EXCLUDED.codes
			RETURNING d.codes INTO asked;
	ELSE
		INSERT INTO code.account_day AS d VALUES (base.session_account(), today.day, codes, base.session_brand())
			ON CONFLICT ON CONSTRAINT account_day_pkey DO UPDATE SET codes = d.codes + EXCLUDED.codes
			RETURNING d.codes INTO asked;
	END IF;
	IF asked > most THEN
		PERFORM code.refuse(429, format('quantity: this %s may ask for %s codes a day, by the brand''s clock', CASE
			WHEN code.session_line() IS NULL THEN 'account' ELSE 'line' END, most),
			json_build_object('member', 'quantity', 'limit', most, 'code', 'pack_quota', 'retry_after', today.seconds_left));
	END IF;
END $$;
