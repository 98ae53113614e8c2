-- What a camera read is asked once under an Idempotency-Key: sent again because the answer was lost, it gets the same
-- answer. Read a second time, a label just printed was a duplicate.

-- A camera asks without end, and again within seconds: answers stay for a day.
CREATE TABLE code.check_request (
	asking      text NOT NULL CHECK (length(asking) <= 40), -- id of the line, or 'account ID'
	key         text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
	fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
	answer      json NOT NULL,
	at          timestamptz NOT NULL DEFAULT now(),
	brand_id    bigint NOT NULL,
	PRIMARY KEY (asking, key)
);
CREATE INDEX check_request_oldest ON code.check_request (asking, at);
CREATE TRIGGER only_added BEFORE UPDATE OR TRUNCATE ON code.check_request EXECUTE FUNCTION trace.refuse_change();
ALTER TABLE code.check_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE code.check_request FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON code.check_request TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON code.check_request TO suyuan_console
	USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand());
GRANT SELECT, INSERT, DELETE ON code.check_request TO suyuan_console;
GRANT UPDATE (at) ON code.check_request TO suyuan_console; -- to hold a row that is to go; nobody may change one
GRANT SELECT ON code.check_request TO suyuan_jobs;

-- What was read, counted and one by one: the answer for a list.
CREATE FUNCTION code.prints_answer(codes code.printed[], serials text[]) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT json_build_object(
		'printed', count(*) FILTER (WHERE c.result = 'printed'),
		'duplicate', count(*) FILTER (WHERE c.result = 'duplicate'),
		'refused', count(*) FILTER (WHERE c.result = 'refused'),
		'not_known', count(*) FILTER (WHERE c.result IN ('never_issued', 'not_yours', 'malformed')),
		'results', json_agg(json_strip_nulls(json_build_object('line', c.line, 'result', c.result,
			'duplicate', c.result = 'duplicate', 'state', c.state, 'batch', c.batch_id, 'place', c.place,
			'quantity', c.quantity, 'lot', c.lot, 'seen_at', job.moment(c.seen_at),
			'seen_until', job.moment(c.seen_until))) ORDER BY c.line))
		FROM code.read_prints(codes, serials) AS c);
END $$;

-- The same; `of_key` NULL: for the first time. As with batches the key is held to the end of the transaction.
CREATE FUNCTION code.prints_answer_once(of_key text, of_fingerprint bytea, codes code.printed[], serials text[])
RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	asks CONSTANT text := coalesce(code.session_line()::text, 'account ' || base.session_account());
	known code.check_request;
BEGIN
	IF of_key IS NULL THEN
		RETURN code.prints_answer(codes, serials);
	ELSIF NOT pg_try_advisory_xact_lock('code.check_request'::regclass::oid::integer, hashtext(asks || ' ' || of_key)) THEN
		PERFORM code.refuse(409, 'A request with this Idempotency-Key is under way: ask again in a moment.',
			json_build_object('retry_after', 1, 'code', 'pack_under_way'));
	END IF;
	SELECT * INTO known FROM code.check_request AS r WHERE r.asking = asks AND r.key = of_key;
	IF known.fingerprint <> of_fingerprint THEN
		PERFORM code.refuse(422, 'This Idempotency-Key was used for another request; every new one needs a key of '
			'its own.', json_build_object('member', 'Idempotency-Key', 'code', 'pack_key_used'));
	ELSIF known.answer IS NOT NULL THEN
		RETURN known.answer;
	END IF;
	INSERT INTO code.check_request (asking, key, fingerprint, answer, brand_id)
		VALUES (asks, of_key, of_fingerprint, code.prints_answer(codes, serials), base.session_brand())
		RETURNING * INTO known;
	-- More than come, so that none are left over; none of them can be asked for at this moment.
	DELETE FROM code.check_request AS r WHERE r.asking = asks AND r.key IN (
		SELECT o.key FROM code.check_request AS o WHERE o.asking = asks AND o.at < now() - interval '1 day'
		ORDER BY o.at LIMIT 10 FOR UPDATE SKIP LOCKED);
	RETURN known.answer;
END $$;
