-- Long work: jobs that are taken, cancelled and taken up again, and the files they make.
--
-- Who works on a job holds its advisory lock (job.lock_key) in the session that also commits what is
-- done. Where the session ends, for whatever reason, the lock is gone and nothing more can be
-- committed: so the next worker may begin at once, and no job is ever worked on twice.

ALTER TABLE job.job
	ADD COLUMN gtin base.gtin,                            -- NULL: concerns no single product
	ADD COLUMN batch_id uuid REFERENCES code.batch,
	-- Not before this; of several jobs of a brand the longest waiting has its turn.
	ADD COLUMN turn_at timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN tries integer NOT NULL DEFAULT 0,          -- begun without a file made since
	ADD COLUMN cancel_wanted boolean NOT NULL DEFAULT false,
	ADD COLUMN worker text,                               -- who had it last: host and process
	ADD COLUMN resumed_at timestamptz,                    -- with resumed_done: how fast it goes
	ADD COLUMN resumed_done bigint,
	ADD COLUMN pinned text,                               -- what its files depend on besides the order
	ADD COLUMN files_removed_at timestamptz,
	ADD COLUMN bytes bigint NOT NULL DEFAULT 0;           -- of its files, as far as they are made
DROP INDEX job.job_waiting;
CREATE INDEX job_turn ON job.job (turn_at, id) WHERE state IN ('waiting', 'running');
-- Not by id alone: where most jobs are one brand's, the planner walks the primary key and lets another wait.
CREATE INDEX job_newest ON job.job (brand_id, made_at DESC, id DESC);
CREATE INDEX job_newest_of_gtin ON job.job (brand_id, gtin, made_at DESC, id DESC);
CREATE INDEX job_batch ON job.job (batch_id);
CREATE INDEX job_files ON job.job (ended_at) WHERE ended_at IS NOT NULL AND files_removed_at IS NULL;
CREATE INDEX job_kept ON job.job (brand_id) WHERE files_removed_at IS NULL;

-- The files a job has made, whole ones only. They are rows, so that every node can serve them, and that
-- a file and the progress it means are one commit.
CREATE TABLE job.file (
	job        bigint NOT NULL REFERENCES job.job ON DELETE CASCADE,
	position   integer NOT NULL CHECK (position >= 0),
	brand_id   bigint,
	name       text NOT NULL CHECK (name ~ '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$'),
	media_type text NOT NULL,
	size       bigint NOT NULL CHECK (size >= 0),
	sha256     bytea NOT NULL CHECK (length(sha256) = 32),
	labels     bigint NOT NULL CHECK (labels >= 0),
	first      bigint NOT NULL,                           -- seq of its first code, from 1
	made_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (job, position),
	UNIQUE (job, name)
);

-- Their bytes; every part but the last has 1 MiB.
CREATE TABLE job.file_part (
	job      bigint NOT NULL,
	position integer NOT NULL,
	part     integer NOT NULL CHECK (part >= 0),
	brand_id bigint,
	bytes    bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
	PRIMARY KEY (job, position, part),
	FOREIGN KEY (job, position) REFERENCES job.file ON DELETE CASCADE
);
-- Compressed already; and a slice of a part is read without reading it all.
ALTER TABLE job.file_part ALTER COLUMN bytes SET STORAGE EXTERNAL;

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['file', 'file_part']
	LOOP
		EXECUTE format('ALTER TABLE job.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE job.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON job.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON job.%I TO suyuan_console
			USING (brand_id = base.session_brand() AND EXISTS (SELECT FROM job.job AS j WHERE j.id = %1$I.job))',
			t);
	END LOOP;
END $$;
GRANT SELECT ON job.file, job.file_part TO suyuan_console;
GRANT SELECT, INSERT, DELETE ON job.file, job.file_part TO suyuan_jobs;
-- A line has the jobs of its own GTINs, and what belongs to them.
CREATE POLICY own_line ON job.job AS RESTRICTIVE TO suyuan_console
	USING (gtin IS NULL OR code.line_sees(gtin));
-- What cancelling takes, and nothing else.
GRANT UPDATE (state, cancel_wanted, ended_at) ON job.job TO suyuan_console;

-- Wakes the workers; behind it they look by themselves every second.
CREATE FUNCTION job.wake() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('suyuan_job', '');
	RETURN NULL;
END $$;
CREATE TRIGGER wake AFTER INSERT OR UPDATE OF cancel_wanted ON job.job
	FOR EACH STATEMENT EXECUTE FUNCTION job.wake();

-- The advisory lock of a job: "job" in ASCII, then its number.
CREATE FUNCTION job.lock_key(id bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT (x'6a6f62'::bigint << 40) + id
$$;

-- Begun again and again without a file made, a job has to wait longer and longer.
CREATE FUNCTION job.back_off(tries integer) RETURNS interval
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT CASE WHEN tries <= 3 THEN interval '0'
		ELSE least(2 ^ least(tries - 4, 10), 60) * interval '1 second' END
$$;

-- When a brand last had a turn: brands take turns, and then the jobs of each. Else who orders a thousand jobs
-- would have a thousand turns before somebody else's ten labels.
CREATE TABLE job.brand_turn (
	brand_id bigint PRIMARY KEY,
	at       timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON job.brand_turn TO suyuan_jobs;

-- The job whose turn it is, with its lock, or no row. One that is "running" without a lock has lost its
-- worker. What a file under work had reached is not counted: its files say what is done.
CREATE FUNCTION job.take(kinds text[], worker text) RETURNS SETOF job.job
LANGUAGE plpgsql AS $$
DECLARE
	found_id bigint;
	of_brand bigint;
	busy bigint[] := '{}';
BEGIN
	LOOP
		SELECT o.id, o.brand_id INTO found_id, of_brand
		FROM job.job AS o LEFT JOIN job.brand_turn AS t ON t.brand_id = o.brand_id
		WHERE o.state IN ('waiting', 'running') AND o.turn_at <= now() AND o.kind = ANY (take.kinds)
			AND o.id <> ALL (busy)
		ORDER BY t.at NULLS FIRST, o.turn_at, o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED;
		EXIT WHEN NOT FOUND;
		IF pg_try_advisory_lock(job.lock_key(found_id)) THEN
			IF of_brand IS NOT NULL THEN
				INSERT INTO job.brand_turn AS t (brand_id, at) VALUES (of_brand, clock_timestamp())
					ON CONFLICT (brand_id) DO UPDATE SET at = EXCLUDED.at;
			END IF;
			RETURN QUERY UPDATE job.job AS j SET state = 'running', tries = j.tries + 1,
				turn_at = now() + job.back_off(j.tries + 1), worker = take.worker,
				started_at = coalesce(j.started_at, now()), resumed_at = now(),
				done = made.labels, resumed_done = made.labels
			FROM (SELECT coalesce(sum(f.labels), 0)::bigint AS labels FROM job.file AS f
				WHERE f.job = found_id) AS made
			WHERE j.id = found_id RETURNING j.*;
			RETURN;
		END IF;
		busy := busy || found_id;
	END LOOP;
END $$;

-- Files of one job are made in one way: where a sheet, a font or the program has changed since the first
-- of them, they are removed and all are made anew. True: so it was.
CREATE FUNCTION job.pin(id bigint, wanted text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	same boolean;
BEGIN
	SELECT pinned = wanted INTO same FROM job.job AS j WHERE j.id = pin.id;
	IF same THEN RETURN false; END IF;
	DELETE FROM job.file AS f WHERE f.job = pin.id;
	UPDATE job.job AS j SET pinned = wanted, done = 0, resumed_done = 0 WHERE j.id = pin.id;
	RETURN same IS NOT NULL;
END $$;

-- Stops a job: at once where nobody works on it, else as soon as its worker looks, which is within a
-- second. Gives the state it has now.
CREATE FUNCTION job.cancel(id bigint) RETURNS job.state
LANGUAGE plpgsql AS $$
DECLARE j job.job;
BEGIN
	SELECT * INTO j FROM job.job AS o WHERE o.id = cancel.id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such job.');
	ELSIF j.state IN ('done', 'failed') THEN
		PERFORM code.refuse(409, format('state: the job is %s and cannot become cancelled', j.state),
			json_build_object('member', 'state', 'state', j.state, 'wanted', 'cancelled'));
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

-- Removes up to `most` files that nobody is to have any more: of jobs that came to nothing, and those
-- older than `days`. Gives how many; less than `most` says that all is clean.
CREATE FUNCTION job.sweep(days integer, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	j bigint;
	gone bigint;
	removed bigint := 0;
BEGIN
	FOR j IN SELECT o.id FROM job.job AS o
		WHERE o.ended_at IS NOT NULL AND o.files_removed_at IS NULL
			AND (o.state <> 'done' OR o.ended_at < now() - make_interval(days => days))
		ORDER BY o.ended_at LIMIT most FOR UPDATE SKIP LOCKED
	LOOP
		DELETE FROM job.file AS f WHERE f.job = j AND f.position IN (
			SELECT g.position FROM job.file AS g WHERE g.job = j ORDER BY g.position LIMIT most - removed);
		GET DIAGNOSTICS gone = ROW_COUNT;
		removed := removed + gone;
		EXIT WHEN removed >= most;
		UPDATE job.job AS o SET files_removed_at = now() WHERE o.id = j;
	END LOOP;
	RETURN removed;
END $$;

-- What an order without "count" may make; more goes in several orders, each of a range of the batch.
CREATE FUNCTION job.labels_most() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 10000000::bigint $$;

-- So many jobs of a brand may be waiting or at work.
CREATE FUNCTION job.open_most() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 1000::bigint $$;

-- And so many codes of a brand on labels that wait to be made or fetched.
CREATE FUNCTION job.kept_most() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 50000000::bigint $$;

-- And so many bytes of its files: a code takes 500 where its label is plain, and 100,000 as a large picture or in
-- a thousand copies. Who works looks after each file, so that no order can fill the disk.
CREATE FUNCTION job.bytes_most() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 50000000000::bigint $$;

-- What a brand has ordered and still has. With the owner's rights: a line sees its own GTINs' jobs, but the
-- limits are of the brand.
CREATE FUNCTION job.held(of_brand bigint, OUT open bigint, OUT codes bigint, OUT bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT count(*) FILTER (WHERE j.state IN ('waiting', 'running')),
		coalesce(sum(j.total), 0)::bigint, coalesce(sum(j.bytes), 0)::bigint
	FROM job.job AS j
	WHERE j.brand_id = of_brand AND j.files_removed_at IS NULL AND j.state IN ('waiting', 'running', 'done')
$$;

-- A whole number of an order; NULL where the member is missing.
CREATE FUNCTION job.order_number(label jsonb, member text, lowest bigint, highest bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	value jsonb := label -> member;
	number numeric;
BEGIN
	IF value IS NULL OR value = 'null' THEN RETURN NULL; END IF;
	IF jsonb_typeof(value) = 'number' THEN number := value::numeric; END IF;
	IF number IS NULL OR number <> trunc(number) OR number NOT BETWEEN lowest AND highest THEN
		PERFORM code.refuse(400, format('%s: must be a whole number from %s to %s', member, lowest, highest),
			json_build_object('member', member, 'limit', format('%s to %s', lowest, highest)));
	END IF;
	RETURN number::bigint;
END $$;

-- Orders the labels of a batch, or of the codes "first" (1 is the batch's first) to "first" + "count" - 1
-- of it, as a job; gives the job's number. How the labels look is checked by who asks, before.
CREATE FUNCTION job.order_labels(batch uuid, label jsonb) RETURNS bigint
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
		PERFORM code.refuse(404, 'There is no such batch.');
	END IF;
	IF jsonb_typeof(label) IS DISTINCT FROM 'object' THEN
		PERFORM code.refuse(400, 'label: must be an object', json_build_object('member', 'label'));
	END IF;
	first := coalesce(job.order_number(label, 'first', 1, b.quantity), 1);
	count := coalesce(job.order_number(label, 'count', 1, b.quantity - first + 1), b.quantity - first + 1);
	IF count > job.labels_most() THEN
		PERFORM code.refuse(400, format('count: one order makes at most %s labels; order a range of the batch with '
			'"first" and "count"', job.labels_most()), json_build_object('member', 'count',
			'limit', format('1 to %s', job.labels_most())));
	END IF;
	-- One order of a brand at a time, to the end of its transaction: many at once stay within the limits, too.
	PERFORM pg_advisory_xact_lock('job.job'::regclass::oid::integer, hashtext(b.brand_id::text));
	SELECT * INTO held FROM job.held(b.brand_id);
	IF held.open >= job.open_most() THEN
		PERFORM code.refuse(429, format('%s jobs of this brand are not done yet: wait for them, or cancel some',
			job.open_most()), json_build_object('limit', job.open_most(), 'retry_after', 10));
	END IF;
	IF held.codes + count > job.kept_most() THEN
		PERFORM code.refuse(429, format('the label files of this brand may hold %s labels at a time: wait until '
			'old ones are removed, or cancel some', job.kept_most()), json_build_object('member', 'count',
			'limit', job.kept_most(), 'retry_after', 3600));
	END IF;
	IF held.bytes >= job.bytes_most() THEN
		PERFORM code.refuse(429, format('the label files of this brand may take %s bytes at a time: wait until '
			'old ones are removed', job.bytes_most()),
			json_build_object('limit', job.bytes_most(), 'retry_after', 3600));
	END IF;
	INSERT INTO job.job (brand_id, gtin, batch_id, kind, arguments, total)
	VALUES (b.brand_id, b.gtin, b.id, 'labels',
		jsonb_build_object('batch', b.id, 'first', first, 'count', count,
			'label', label - 'first' - 'count'), count)
	RETURNING id INTO made;
	RETURN made;
END $$;

-- The job that a line ordered under a key (code.line_batch() in 0009): made now, or long ago.
CREATE FUNCTION job.line_labels(of_key text, of_fingerprint bytea, batch uuid, label jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	asking bigint := code.session_line();
	known code.line_request;
	made bigint;
BEGIN
	IF NOT pg_try_advisory_xact_lock('code.line_request'::regclass::oid::integer, hashtext(asking || ' ' || of_key)) THEN
		PERFORM code.refuse(409, 'A request with this Idempotency-Key is under way: ask again in a moment.',
			json_build_object('retry_after', 1));
	END IF;
	SELECT * INTO known FROM code.line_request AS r WHERE r.line_id = asking AND r.key = of_key;
	IF FOUND AND known.fingerprint <> of_fingerprint THEN
		PERFORM code.refuse(422, 'This Idempotency-Key was used for another request; every new order needs a key of '
			'its own.', json_build_object('member', 'Idempotency-Key'));
	ELSIF FOUND THEN
		RETURN known.job_id;
	END IF;
	made := job.order_labels(batch, label);
	INSERT INTO code.line_request (line_id, key, fingerprint, batch_id, job_id, brand_id)
		VALUES (asking, of_key, of_fingerprint, batch, made, base.session_brand());
	RETURN made;
END $$;

CREATE FUNCTION job.moment(at timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
	SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- A job without its files; the members in reading order.
CREATE FUNCTION job.brief(j job.job) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', j.id, 'kind', j.kind, 'state', j.state,
		'batch', j.batch_id, 'gtin', lpad(j.gtin::text, 14, '0'),
		'first', j.arguments -> 'first', 'count', j.arguments -> 'count', 'label', j.arguments -> 'label',
		'done', j.done, 'total', j.total,
		-- At the speed since it was last taken up; NULL where that is not known.
		'remaining_seconds', CASE WHEN j.state = 'running' AND j.done > j.resumed_done
			THEN ceil(extract(epoch FROM clock_timestamp() - j.resumed_at) * (j.total - j.done)
				/ (j.done - j.resumed_done))::bigint END,
		'cancel_wanted', j.cancel_wanted, 'reason', j.report -> 'reason',
		'made_at', job.moment(j.made_at), 'started_at', job.moment(j.started_at),
		'ended_at', job.moment(j.ended_at), 'files_removed_at', job.moment(j.files_removed_at))
$$;

-- Its files as they are; a link is an address below that of the API.
CREATE FUNCTION job.files(id bigint) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_object('name', f.name, 'media_type', f.media_type, 'size', f.size,
		'sha256', encode(f.sha256, 'hex'), 'first', f.first, 'labels', f.labels,
		'href', format('/v1/jobs/%s/files/%s', f.job, f.name)) ORDER BY f.position), '[]')
	FROM job.file AS f WHERE f.job = files.id
$$;

CREATE FUNCTION job.show(j job.job) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('%s, "files" : %s}', left(job.brief(j)::text, -1), job.files(j.id))
$$;

-- What an order has become, to be kept beside the files: they are those of this order if their number,
-- sizes and digests are these.
CREATE FUNCTION job.manifest(j job.job) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('job', j.id, 'batch', j.batch_id, 'gtin', lpad(j.gtin::text, 14, '0'), 'lot', b.lot,
		'label', j.arguments -> 'label', 'count', j.total, 'first', j.arguments -> 'first',
		'last', (j.arguments ->> 'first')::bigint + j.total - 1,
		'files', (SELECT coalesce(json_agg(json_build_object('name', f.name, 'media_type', f.media_type,
			'size', f.size, 'sha256', encode(f.sha256, 'hex'), 'first', f.first, 'labels', f.labels)
			ORDER BY f.position), '[]') FROM job.file AS f WHERE f.job = j.id))
	FROM code.batch AS b WHERE b.id = j.batch_id
$$;

-- Who orders and who does are two.
REVOKE EXECUTE ON FUNCTION job.take(text[], text), job.pin(bigint, text), job.sweep(integer, integer)
	FROM suyuan_console;
REVOKE EXECUTE ON FUNCTION job.order_labels(uuid, jsonb), job.line_labels(text, bytea, uuid, jsonb),
	job.cancel(bigint) FROM suyuan_jobs;
