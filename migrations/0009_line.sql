-- Packaging lines: who may ask for codes through the API, how much, and what was answered to which
-- Idempotency-Key, for ever. What SQL refuses it raises as SYnnn, nnn being the HTTP status, with
-- the words for people as the message and {"member": …, "limit": …} as the detail.

-- GS1 General Specifications 7.9.1, as in 0001, at a fourteenth of the time: it stands in every row with a GTIN.
CREATE OR REPLACE FUNCTION base.gtin_ok(gtin bigint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	RETURN gtin BETWEEN 1 AND 99999999999999 AND (gtin % 10 + gtin / 100 % 10 + gtin / 10000 % 10
		+ gtin / 1000000 % 10 + gtin / 100000000 % 10 + gtin / 10000000000 % 10 + gtin / 1000000000000 % 10
		+ 3 * (gtin / 10 % 10 + gtin / 1000 % 10 + gtin / 100000 % 10 + gtin / 10000000 % 10
		+ gtin / 1000000000 % 10 + gtin / 100000000000 % 10 + gtin / 10000000000000)) % 10 = 0;
END $$;

CREATE TABLE code.line (
	id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id            bigint NOT NULL REFERENCES trace.brand,
	name                text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	gtins               bigint[],                -- NULL: every GTIN of the brand
	requests_per_minute integer NOT NULL DEFAULT 600 CHECK (requests_per_minute BETWEEN 1 AND 1000000),
	codes_per_day       bigint NOT NULL DEFAULT 10000000000
		CHECK (codes_per_day BETWEEN 0 AND 1099511627776),
	made_at             timestamptz NOT NULL DEFAULT now(),
	UNIQUE (brand_id, name)
);

-- A key is ID and secret; of the secret's 256 random bits only the hash is kept. Two keys of a line
-- may be valid at once, so that it is rotated without stopping.
CREATE TABLE code.line_key (
	id         text PRIMARY KEY CHECK (id ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
	brand_id   bigint NOT NULL,
	line_id    bigint NOT NULL REFERENCES code.line,
	sha256     bytea NOT NULL CHECK (length(sha256) = 32),
	made_at    timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz,
	revoked_at timestamptz
);
CREATE INDEX line_key_line ON code.line_key (line_id);

-- Requests a line may still make now: a bucket that fills by requests_per_minute. Worth nothing after
-- a crash, so it costs no log.
CREATE UNLOGGED TABLE code.line_rate (
	line_id bigint PRIMARY KEY REFERENCES code.line,
	tokens  double precision NOT NULL,
	at      timestamptz NOT NULL
);

CREATE TABLE code.line_day (
	line_id  bigint NOT NULL REFERENCES code.line,
	day      date NOT NULL,                      -- UTC
	codes    bigint NOT NULL,
	brand_id bigint NOT NULL,
	PRIMARY KEY (line_id, day)
);

-- One request for a batch or for labels and what it made.
CREATE TABLE code.line_request (
	line_id     bigint NOT NULL REFERENCES code.line,
	key         text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
	fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
	batch_id    uuid NOT NULL REFERENCES code.batch,
	job_id      bigint,
	at          timestamptz NOT NULL DEFAULT now(),
	brand_id    bigint NOT NULL,
	PRIMARY KEY (line_id, key)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.line_request
	EXECUTE FUNCTION trace.refuse_change();

ALTER TABLE code.batch ADD COLUMN line_id bigint REFERENCES code.line;
CREATE INDEX batch_newest ON code.batch (brand_id, made_at DESC, id DESC);
CREATE INDEX batch_newest_of_gtin ON code.batch (gtin, made_at DESC, id DESC);

-- --- who is asking ---

-- The line of the session; none for the operator and for jobs.
CREATE FUNCTION code.session_line() RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT nullif(current_setting('suyuan.line', true), '')::bigint
$$;

CREATE FUNCTION code.refuse(status integer, words text, members json DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'SY' || status, MESSAGE = words, DETAIL = members::text;
END $$;

-- Whether what belongs to a GTIN may be seen in this session: row security has sorted out brands.
CREATE FUNCTION code.line_sees(of_gtin bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT code.session_line() IS NULL OR EXISTS (
		SELECT FROM code.line WHERE id = code.session_line() AND (gtins IS NULL OR of_gtin = ANY (gtins)))
$$;

-- Whose rows to look at for a list of what this session sees, of one GTIN or of all (0): NULL where it sees
-- all of its brand. A list that walks the brand's rows and asks line_sees() of each walks them all.
CREATE FUNCTION code.line_gtins(asked bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN asked <> 0 THEN CASE WHEN code.line_sees(asked) THEN ARRAY[asked] ELSE '{}' END
		WHEN code.session_line() IS NOT NULL
			THEN (SELECT CASE WHEN count(*) = 0 THEN '{}' ELSE min(l.gtins) END
				FROM code.line AS l WHERE l.id = code.session_line()) END
$$;

CREATE FUNCTION code.line_may(of_gtin bigint) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM trace.gtin_owner WHERE gtin = of_gtin) OR NOT code.line_sees(of_gtin) THEN
		PERFORM code.refuse(403, format('gtin: this key is not for GTIN %s', lpad(of_gtin::text, 14, '0')),
			json_build_object('member', 'gtin'));
	END IF;
END $$;

-- Who holds a key, and one request of the line's rate taken. Runs with the owner's rights, because nobody
-- has a brand before: it answers only to who has the secret.
CREATE FUNCTION code.enter_line(key_id text, secret_sha256 bytea, OUT line_id bigint, OUT brand_id bigint,
	OUT name text, OUT rate bigint, OUT remaining bigint, OUT quota bigint, OUT quota_left bigint,
	OUT quota_seconds bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	left_over double precision;
	utc timestamp := clock_timestamp() AT TIME ZONE 'UTC';
BEGIN
	SELECT l.id, l.brand_id, l.name, l.requests_per_minute, l.codes_per_day
	INTO line_id, brand_id, name, rate, quota
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
	remaining := floor(left_over);
	quota_left := greatest(0, quota - coalesce((SELECT d.codes FROM code.line_day AS d
		WHERE d.line_id = enter_line.line_id AND d.day = utc::date), 0));
	quota_seconds := ceil(86400 - extract(epoch FROM utc - date_trunc('day', utc)));
END $$;

-- What a signed cookie of the console's page is checked with; NULL where the key is not valid.
CREATE FUNCTION code.line_key_hash(key_id text) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT sha256 FROM code.line_key
	WHERE id = key_id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
$$;

-- --- batches ---

-- Takes the next counters of the GTIN. What is printed beside the codes is written down with them.
-- `counters_most`: so many codes of one GTIN may be out at this length (model/serial.h).
CREATE FUNCTION code.make_batch(of_gtin bigint, of_lot text, length integer, stem text, codes bigint,
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
			json_build_object('member', 'gtin'));
	END IF;
	SELECT key_id INTO current_key FROM code.serial_key WHERE current;
	IF NOT FOUND THEN
		PERFORM code.refuse(503, 'there is no serial key yet (`suyuan key add`)');
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
			json_build_object('member', 'quantity', 'limit', counters_most));
	END IF;
	INSERT INTO code.batch (brand_id, gtin, lot, key_id, serial_length, link_stem, first, quantity, made_by,
		line_id, product, produced_on, best_before)
	SELECT owner, of_gtin, of_lot, current_key, length, stem, upto - codes, codes,
		coalesce((SELECT 'line:' || name FROM code.line WHERE id = code.session_line()), session_user),
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

-- The batch that a line asked for under a key: made now, or long ago. `label` is an order for label
-- files, or NULL.
CREATE FUNCTION code.line_batch(of_key text, of_fingerprint bytea, of_gtin bigint, of_lot text, length integer,
	stem text, codes bigint, counters_most bigint, label jsonb,
	OUT batch_id uuid, OUT job_id bigint, OUT replayed boolean)
LANGUAGE plpgsql AS $$
DECLARE
	asking bigint := code.session_line();
	known code.line_request;
	most bigint;
	today date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
	-- Held to the end of the transaction, and gone with a connection that dies.
	IF NOT pg_try_advisory_xact_lock('code.line_request'::regclass::oid::integer, hashtext(asking || ' ' || of_key)) THEN
		PERFORM code.refuse(409, 'A request with this Idempotency-Key is under way: ask again in a moment.',
			json_build_object('retry_after', 1));
	END IF;
	SELECT * INTO known FROM code.line_request AS r WHERE r.line_id = asking AND r.key = of_key;
	replayed := FOUND;
	IF replayed THEN
		IF known.fingerprint <> of_fingerprint THEN
			PERFORM code.refuse(422, 'This Idempotency-Key was used for another request; every new batch needs a key of '
				'its own.', json_build_object('member', 'Idempotency-Key'));
		END IF;
		batch_id := known.batch_id;
		job_id := known.job_id;
		RETURN;
	END IF;

	PERFORM code.line_may(of_gtin);
	SELECT codes_per_day INTO most FROM code.line AS l WHERE l.id = asking;
	INSERT INTO code.line_day AS d VALUES (asking, today, codes, base.session_brand())
		ON CONFLICT ON CONSTRAINT line_day_pkey DO UPDATE SET codes = d.codes + EXCLUDED.codes;
	IF (SELECT d.codes > most FROM code.line_day AS d
		WHERE d.line_id = asking AND d.day = today) THEN
		PERFORM code.refuse(429, format('quantity: this line may ask for %s codes a day (UTC)', most),
			json_build_object('member', 'quantity', 'limit', most, 'retry_after', ceil(86400 - extract(epoch FROM
				now() AT TIME ZONE 'UTC' - date_trunc('day', now() AT TIME ZONE 'UTC')))));
	END IF;
	batch_id := code.make_batch(of_gtin, of_lot, length, stem, codes, counters_most);
	IF label IS NOT NULL THEN
		job_id := job.order_labels(batch_id, label);
	END IF;
	INSERT INTO code.line_request (line_id, key, fingerprint, batch_id, job_id, brand_id)
		VALUES (asking, of_key, of_fingerprint, batch_id, job_id, base.session_brand());
END $$;

-- --- who may do what ---

GRANT SELECT ON code.line, code.line_day, code.line_request TO suyuan_console, suyuan_jobs;
GRANT SELECT (id, brand_id, line_id, made_at, expires_at, revoked_at) ON code.line_key
	TO suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE ON code.line_day TO suyuan_console;
GRANT INSERT ON code.line_request TO suyuan_console;
REVOKE EXECUTE ON FUNCTION code.enter_line, code.line_key_hash FROM suyuan_jobs;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['line', 'line_key', 'line_rate', 'line_day', 'line_request']
	LOOP
		EXECUTE format('ALTER TABLE code.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE code.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON code.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		CONTINUE WHEN t = 'line_rate';
		EXECUTE format('CREATE POLICY own_brand ON code.%I TO suyuan_console
			USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand())', t);
	END LOOP;
END $$;
