-- What cameras and people read on labels that should not have been there: codes printed twice, codes that are not to
-- be printed, serials that were never issued. The answer told it and nobody knew it afterwards.

-- A row a code and result, however often it is read: a label that goes round and round before a camera stays one row.
CREATE TABLE code.misread (
	id        bigint GENERATED ALWAYS AS IDENTITY,
	brand_id  bigint NOT NULL,
	gtin      base.gtin NOT NULL,
	serial    text NOT NULL CHECK (length(serial) BETWEEN 1 AND 20),
	result    text NOT NULL CHECK (result IN ('duplicate', 'refused', 'never_issued')),
	batch_id  uuid REFERENCES code.batch,     -- NULL: made elsewhere, or never issued
	place     bigint,
	state     code.state,                     -- when it was read first
	times     bigint NOT NULL DEFAULT 1 CHECK (times > 0),
	first_at  timestamptz NOT NULL DEFAULT now(),
	last_at   timestamptz NOT NULL DEFAULT now(),
	by        text NOT NULL,                  -- who read it last
	PRIMARY KEY (gtin, serial, result),
	FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin)
) WITH (fillfactor = 90);
CREATE INDEX misread_newest ON code.misread (brand_id, id);
CREATE INDEX misread_of_batch ON code.misread (batch_id, id) WHERE batch_id IS NOT NULL;
CREATE TRIGGER only_added BEFORE DELETE OR TRUNCATE ON code.misread EXECUTE FUNCTION trace.refuse_change();

ALTER TABLE code.misread ENABLE ROW LEVEL SECURITY;
ALTER TABLE code.misread FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON code.misread TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON code.misread TO suyuan_console
	USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand());
GRANT SELECT, INSERT ON code.misread TO suyuan_console, suyuan_jobs;
GRANT UPDATE (times, last_at, by) ON code.misread TO suyuan_console, suyuan_jobs;

-- code.check_prints(), and what should not have been read is written down; `serials` are those of the codes, in their
-- order. Serials that nobody issued can be made up without end: of each GTIN 10,000 are kept.
CREATE FUNCTION code.read_prints(codes code.printed[], serials text[])
RETURNS TABLE (line bigint, result text, state code.state, batch_id uuid, place bigint, quantity bigint,
	lot text, seen_at timestamptz, seen_until timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	-- Side by side, not joined: of a list that it has just made the planner knows nothing.
	RETURN QUERY WITH read AS MATERIALIZED (
		SELECT * FROM ROWS FROM (code.check_prints(codes), unnest(codes), unnest(serials)) AS t (line, result, state, batch_id,
			place, quantity, lot, seen_at, seen_until, gtin, counter, key_id, serial_length, unread, serial)
	), wrong AS MATERIALIZED (
		SELECT r.gtin, r.serial, r.result, min(r.batch_id::text)::uuid AS batch_id, min(r.place) AS place, min(r.state) AS state,
			count(*) AS times
		FROM read AS r WHERE r.result IN ('duplicate', 'refused', 'never_issued') AND r.serial <> ''
		GROUP BY 1, 2, 3
	), full_up AS MATERIALIZED (
		SELECT g.gtin FROM (SELECT DISTINCT w.gtin FROM wrong AS w WHERE w.result = 'never_issued') AS g
		WHERE (SELECT count(*) FROM (SELECT FROM code.misread AS m WHERE m.gtin = g.gtin AND m.result = 'never_issued'
			LIMIT 10000) AS kept) >= 10000
	), noted AS (
		INSERT INTO code.misread AS m (brand_id, gtin, serial, result, batch_id, place, state, times, by)
		SELECT o.brand_id, w.gtin, w.serial, w.result, w.batch_id, w.place, w.state, w.times, code.actor()
		FROM wrong AS w JOIN trace.gtin_owner AS o ON o.gtin = w.gtin
		WHERE w.result <> 'never_issued' OR w.gtin NOT IN (SELECT f.gtin FROM full_up AS f)
		ORDER BY w.gtin, w.serial, w.result
		ON CONFLICT (gtin, serial, result) DO UPDATE SET times = m.times + EXCLUDED.times, last_at = now(), by = EXCLUDED.by
	)
	SELECT r.line, r.result, r.state, r.batch_id, r.place, r.quantity, r.lot, r.seen_at, r.seen_until FROM read AS r
	ORDER BY r.line;
END $$;

-- The newest first, behind one of them (0: from the newest on), of one batch or (NULL) of all; 404 where the batch is
-- none that this line may see.
CREATE FUNCTION code.misreads(of_batch uuid, behind bigint, most bigint) RETURNS SETOF code.misread
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
	IF of_batch IS NOT NULL THEN
		PERFORM FROM code.places(of_batch, NULL, NULL);
		RETURN QUERY SELECT m.* FROM code.misread AS m WHERE m.batch_id = of_batch AND (behind = 0 OR m.id < behind)
			ORDER BY m.id DESC LIMIT most;
	ELSE
		RETURN QUERY SELECT m.* FROM code.misread AS m WHERE m.brand_id = base.session_brand() AND code.line_sees(m.gtin)
			AND (behind = 0 OR m.id < behind) ORDER BY m.id DESC LIMIT most;
	END IF;
END $$;
