-- Batches and labels for people: what a person asked for under an Idempotency-Key stands for ever as a
-- line's does, who did what is named, and labels have designs.

-- --- who asks ---

-- A step's, a closing's, a list's hand: the line, the person, else the database's user.
CREATE OR REPLACE FUNCTION code.actor() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT 'line:' || name FROM code.line WHERE id = code.session_line()), base.session_by());
END $$;
ALTER TABLE code.foreign_list ALTER COLUMN made_by SET DEFAULT code.actor();
ALTER TABLE job.job ADD COLUMN made_by text;
ALTER TABLE job.job ALTER COLUMN made_by SET DEFAULT code.actor();

-- What a line's rows are to it (0009) these are to an account.
CREATE TABLE code.account_day (
	account_id bigint NOT NULL REFERENCES team.account,
	day        date NOT NULL,                      -- UTC
	codes      bigint NOT NULL,
	brand_id   bigint NOT NULL,
	PRIMARY KEY (account_id, day)
);
CREATE TABLE code.account_request (
	account_id  bigint NOT NULL REFERENCES team.account,
	key         text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
	fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
	batch_id    uuid NOT NULL REFERENCES code.batch,
	job_id      bigint,
	at          timestamptz NOT NULL DEFAULT now(),
	brand_id    bigint NOT NULL,
	PRIMARY KEY (account_id, key)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.account_request
	EXECUTE FUNCTION trace.refuse_change();
GRANT SELECT ON code.account_day, code.account_request TO suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE ON code.account_day TO suyuan_console;
GRANT INSERT ON code.account_request TO suyuan_console;

-- What was answered to this key before; no row: nothing. The key is held to the end of the transaction, and
-- gone with a connection that dies.
CREATE FUNCTION code.answered(of_key text, of_fingerprint bytea, OUT batch_id uuid, OUT job_id bigint)
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
			json_build_object('retry_after', 1));
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
			'its own.', json_build_object('member', 'Idempotency-Key'));
	ELSIF known IS NOT NULL THEN
		RETURN NEXT;
	END IF;
END $$;

CREATE FUNCTION code.answer(of_key text, of_fingerprint bytea, of_batch uuid, of_job bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF code.session_line() IS NOT NULL THEN
		INSERT INTO code.line_request (line_id, key, fingerprint, batch_id, job_id, brand_id)
			VALUES (code.session_line(), of_key, of_fingerprint, of_batch, of_job, base.session_brand());
	ELSE
		INSERT INTO code.account_request (account_id, key, fingerprint, batch_id, job_id, brand_id)
			VALUES (base.session_account(), of_key, of_fingerprint, of_batch, of_job, base.session_brand());
	END IF;
END $$;

-- Counts codes to the day of who asks. A line has its own limit, a person that of the settings.
CREATE FUNCTION code.count_codes(codes bigint, person_most bigint) RETURNS void LANGUAGE plpgsql AS $$
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
			json_build_object('member', 'quantity', 'limit', most, 'retry_after', ceil(86400 - extract(epoch FROM
				now() AT TIME ZONE 'UTC' - date_trunc('day', now() AT TIME ZONE 'UTC')))));
	END IF;
END $$;

-- As in 0009, but it names who made the batch.
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

DROP FUNCTION code.line_batch(text, bytea, bigint, text, integer, text, bigint, bigint, jsonb);
-- The batch that a line or a person asked for under a key: made now, or long ago. `label` is an order for label
-- files, or NULL; `person_most`: codes a person may ask for in a day.
CREATE FUNCTION code.line_batch(of_key text, of_fingerprint bytea, of_gtin bigint, of_lot text, length integer,
	stem text, codes bigint, counters_most bigint, label jsonb, person_most bigint,
	OUT batch_id uuid, OUT job_id bigint, OUT replayed boolean)
LANGUAGE plpgsql AS $$
BEGIN
	SELECT a.batch_id, a.job_id INTO batch_id, job_id FROM code.answered(of_key, of_fingerprint) AS a;
	replayed := FOUND;
	IF replayed THEN RETURN; END IF;
	PERFORM code.line_may(of_gtin);
	PERFORM code.count_codes(codes, person_most);
	batch_id := code.make_batch(of_gtin, of_lot, length, stem, codes, counters_most);
	IF label IS NOT NULL THEN
		job_id := job.order_labels(batch_id, label);
	END IF;
	PERFORM code.answer(of_key, of_fingerprint, batch_id, job_id);
END $$;

-- The job that was ordered under a key: made now, or long ago.
CREATE OR REPLACE FUNCTION job.line_labels(of_key text, of_fingerprint bytea, batch uuid, label jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
BEGIN
	SELECT a.job_id INTO made FROM code.answered(of_key, of_fingerprint) AS a;
	IF FOUND THEN RETURN made; END IF;
	made := job.order_labels(batch, label);
	PERFORM code.answer(of_key, of_fingerprint, batch, made);
	RETURN made;
END $$;

-- A job without its files; the members in reading order.
CREATE OR REPLACE FUNCTION job.brief(j job.job) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', j.id, 'kind', j.kind, 'state', j.state,
		'batch', j.batch_id, 'gtin', lpad(j.gtin::text, 14, '0'),
		'first', j.arguments -> 'first', 'count', j.arguments -> 'count', 'label', j.arguments -> 'label',
		'done', j.done, 'total', j.total,
		-- At the speed since it was last taken up; NULL where that is not known.
		'remaining_seconds', CASE WHEN j.state = 'running' AND j.done > j.resumed_done
			THEN ceil(extract(epoch FROM clock_timestamp() - j.resumed_at) * (j.total - j.done)
				/ (j.done - j.resumed_done))::bigint END,
		'cancel_wanted', j.cancel_wanted, 'reason', j.report -> 'reason', 'made_by', j.made_by,
		'made_at', job.moment(j.made_at), 'started_at', job.moment(j.started_at),
		'ended_at', job.moment(j.ended_at), 'files_removed_at', job.moment(j.files_removed_at))
$$;

-- --- designs of labels ---

-- A design has a name, and versions that never change: a job names the one it prints.
CREATE TABLE code.label_design (
	id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	brand_id bigint NOT NULL REFERENCES trace.brand,
	name     text NOT NULL CHECK (length(name) BETWEEN 1 AND 100 AND name !~ '[[:cntrl:]]'),
	made_at  timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz                          -- no longer offered
);
CREATE UNIQUE INDEX label_design_name ON code.label_design (brand_id, name) WHERE ended_at IS NULL;

CREATE TABLE code.label_design_version (
	design_id uuid NOT NULL REFERENCES code.label_design,
	version   integer NOT NULL CHECK (version > 0),
	brand_id  bigint NOT NULL,
	document  jsonb NOT NULL CHECK (octet_length(document::text) <= 32768),   -- a label order (label/order.def)
	made_at   timestamptz NOT NULL DEFAULT now(),
	made_by   text NOT NULL DEFAULT code.actor(),
	PRIMARY KEY (design_id, version)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.label_design_version
	EXECUTE FUNCTION trace.refuse_change();

-- What someone has tried and not kept: what the preview shows. Gone with the next that is kept.
CREATE TABLE code.label_draft (
	design_id  uuid NOT NULL REFERENCES code.label_design,
	hand       text NOT NULL DEFAULT code.actor(),
	brand_id   bigint NOT NULL,
	document   jsonb NOT NULL CHECK (octet_length(document::text) <= 32768),
	at         timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (design_id, hand)
);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['account_day', 'account_request', 'label_design', 'label_design_version', 'label_draft']
	LOOP
		EXECUTE format('ALTER TABLE code.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE code.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON code.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON code.%I TO suyuan_console
			USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand())', t);
	END LOOP;
END $$;
GRANT SELECT, INSERT ON code.label_design, code.label_design_version TO suyuan_console;
GRANT UPDATE (name, ended_at) ON code.label_design TO suyuan_console;
GRANT SELECT, INSERT, UPDATE, DELETE ON code.label_draft TO suyuan_console;
GRANT SELECT ON code.label_design, code.label_design_version TO suyuan_jobs;

SELECT audit.watch('code.line');
SELECT audit.watch('code.line_key', 'sha256');
SELECT audit.watch('code.label_design');
SELECT audit.watch('code.label_design_version');

CREATE FUNCTION code.design_now(of_design uuid) RETURNS code.label_design_version LANGUAGE sql STABLE AS $$
	SELECT v FROM code.label_design_version AS v JOIN code.label_design AS d ON d.id = v.design_id
	WHERE v.design_id = of_design AND d.ended_at IS NULL ORDER BY v.version DESC LIMIT 1
$$;

CREATE FUNCTION code.show_design(of_design uuid) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', d.id, 'name', d.name, 'version', v.version, 'document', v.document,
		'made_at', job.moment(v.made_at), 'made_by', v.made_by)
	FROM code.label_design AS d, code.design_now(d.id) AS v WHERE d.id = of_design AND d.ended_at IS NULL
$$;

-- Makes a design (`of_design` NULL) or its next version; the same again makes none. `was`: the version that was
-- changed, so that of two people at once the later is told; NULL: whichever.
CREATE FUNCTION code.keep_design(of_design uuid, of_name text, of_document jsonb, was integer, OUT shown json, OUT id uuid)
LANGUAGE plpgsql AS $$
DECLARE
	brand bigint := base.session_brand();
	known code.label_design_version;
BEGIN
	IF of_design IS NOT NULL THEN
		PERFORM FROM code.label_design AS d WHERE d.id = of_design AND ended_at IS NULL FOR UPDATE;
		IF NOT FOUND THEN PERFORM code.refuse(404, 'There is no such design.'); END IF;
		known := code.design_now(of_design);
	END IF;
	IF EXISTS (SELECT FROM code.label_design AS d WHERE d.name = of_name AND d.ended_at IS NULL
		AND d.id IS DISTINCT FROM of_design) THEN
		PERFORM code.refuse(409, 'name: there is a design of this name',
			json_build_object('member', 'name', 'code', 'desk_name_taken'));
	ELSIF of_design IS NULL AND (SELECT count(*) >= 500 FROM code.label_design WHERE ended_at IS NULL) THEN
		PERFORM code.refuse(409, 'name: a brand may have 500 designs',
			json_build_object('member', 'name', 'limit', 500, 'code', 'desk_too_many'));
	ELSIF known.version <> was THEN
		PERFORM code.refuse(409, format('version: someone has made version %s meanwhile', known.version),
			json_build_object('member', 'version', 'version', known.version, 'code', 'desk_changed_meanwhile'));
	ELSIF known.version >= 10000 THEN
		PERFORM code.refuse(409, 'version: a design may have 10000 versions',
			json_build_object('member', 'version', 'limit', 10000, 'code', 'desk_too_many'));
	END IF;
	IF of_design IS NULL THEN
		INSERT INTO code.label_design AS d (brand_id, name) VALUES (brand, of_name) RETURNING d.id INTO of_design;
	ELSE
		UPDATE code.label_design AS d SET name = of_name WHERE d.id = of_design AND name <> of_name;
		DELETE FROM code.label_draft WHERE design_id = of_design AND hand = code.actor();
	END IF;
	IF known.document IS DISTINCT FROM of_document THEN
		INSERT INTO code.label_design_version (design_id, version, brand_id, document)
		VALUES (of_design, coalesce(known.version, 0) + 1, brand, of_document);
	END IF;
	id := of_design;
	shown := code.show_design(of_design);
END $$;
REVOKE EXECUTE ON FUNCTION code.keep_design FROM suyuan_jobs;
