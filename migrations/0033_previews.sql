-- Before a recall starts and after: its page as customers will get it, checks of single codes since it began, a list
-- that no spreadsheet runs. Previews of items wherever their codes were made; which rules of law are in force.
--
-- Replaces: trace.fields_preview, fields_document, fields_scope, roll_back_fields, schedule_draft, unschedule_fields
-- (0021); trace.halt_list, halt_run, halt_check_person, halt_hold, halt_texts (0025).

-- --- an item as a customer would see it ------------------------------------------------------------

-- An item of a GTIN and how it stands: the counter, or the serial made elsewhere, or (neither given) the first code
-- of the lot's newest batch, else a serial of that lot made elsewhere. No row: there is none.
CREATE FUNCTION trace.preview_code(of_gtin bigint, of_counter bigint, of_serial text, of_lot text)
RETURNS TABLE (counter bigint, serial text, key_id bigint, serial_length bigint, lot text, state text, since timestamptz,
	reason jsonb, stem text)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
	IF of_serial IS NULL THEN
		RETURN QUERY
		SELECT c.n, NULL::text, r.key_id::bigint, r.serial_length::bigint, coalesce(r.lot, ''), coalesce(s.state, r.state),
			coalesce(s.since, r.since), s.reason::jsonb, r.stem
		FROM (
			SELECT t.key_id, t.serial_length, coalesce(t.lot, u.lot)::text AS lot, u.state::text AS state, u.since,
				t.link_stem AS stem, lower(u.counters) AS first
			FROM code.batch AS t JOIN code.run AS u ON u.batch_id = t.id
			WHERE t.gtin = of_gtin AND u.gtin = of_gtin AND CASE WHEN of_counter IS NULL
				THEN coalesce(t.lot, u.lot, '') = of_lot ELSE u.counters @> of_counter END
			ORDER BY t.made_at DESC, lower(u.counters) LIMIT 1) AS r
		CROSS JOIN LATERAL (SELECT coalesce(of_counter, r.first) AS n) AS c
		LEFT JOIN pub.item AS s ON s.gtin = of_gtin AND s.counter = c.n;
		IF FOUND OR of_counter IS NOT NULL THEN RETURN; END IF;
	END IF;
	RETURN QUERY
	SELECT NULL::bigint, f.serial::text, NULL::bigint, NULL::bigint, coalesce(f.lot, '')::text, f.state::text, f.since,
		f.reason::jsonb, (SELECT t.link_stem FROM code.batch AS t WHERE t.gtin = of_gtin ORDER BY t.made_at DESC LIMIT 1)
	FROM code.foreign_item AS f
	WHERE f.gtin = of_gtin AND CASE WHEN of_serial IS NULL THEN f.lot = of_lot AND of_lot <> '' ELSE f.serial = of_serial END
	ORDER BY f.serial LIMIT 1;
END $$;

-- What a recall or hold of that very code says now in place of its state, as lookup_items.sql and lookup_foreign.sql
-- read it from the same tables.
CREATE FUNCTION trace.preview_halt(of_gtin bigint, of_counter bigint, of_serial text, of_lot text, of_state text)
RETURNS TABLE (effect text, since timestamptz, reason jsonb)
LANGUAGE sql STABLE AS $$
	SELECT h.effect, h.since, h.reason
	FROM pub.halt_part AS p JOIN pub.halt AS h USING (halt_id)
	WHERE p.gtin = of_gtin AND (p.counters @> of_counter OR p.serial = of_serial
			OR (of_lot <> '' AND p.lot_handle = trace.lot_handle(of_gtin, of_lot)))
		AND CASE h.effect WHEN 'recalled' THEN true
			WHEN 'held' THEN of_state IN ('provisioned', 'printed', 'commissioned', 'consumed')
			ELSE of_state = 'commissioned' END
	ORDER BY h.effect <> 'recalled', h.effect <> 'held', h.since DESC, h.halt_id DESC LIMIT 1
$$;

-- The documents by the functions that the projection writes from, were `choices` of the scope public, and how the
-- code stands; `said` ({"effect", "since", "reason"}): what a recall or hold that has not begun would say of it.
CREATE FUNCTION trace.preview_item(scope bigint, choices jsonb, of_gtin bigint, of_counter bigint, of_serial text,
	of_lot text, said jsonb DEFAULT NULL)
RETURNS TABLE (gtin bigint, counter bigint, serial text, key_id bigint, serial_length bigint, state text, since text,
	reason text, brand text, product text, lot text, recall_reason text, recall_since text, link_stem text)
LANGUAGE sql STABLE AS $$
	WITH item AS (
		SELECT coalesce(nullif(c.lot, ''), of_lot, '') AS of_lot, c.counter, c.serial, c.key_id, c.serial_length, c.state,
			c.since, c.reason, c.stem
		FROM (SELECT 1) AS one LEFT JOIN trace.preview_code(of_gtin, of_counter, of_serial, of_lot) AS c ON true
	)
	SELECT of_gtin, i.counter, i.serial, i.key_id, i.serial_length,
		coalesce(said ->> 'effect', h.effect, i.state),
		coalesce(said ->> 'since', to_char(coalesce(h.since, i.since) AT TIME ZONE 'UTC', 'YYYY-MM-DD')),
		coalesce(said ->> 'reason', (CASE WHEN h.effect IS NULL THEN i.reason ELSE h.reason END)::text),
		(SELECT p.document::text FROM pub.brand AS p WHERE p.brand_id = base.session_brand()),
		(SELECT (d.body || jsonb_build_object('gtin', lpad(of_gtin::text, 14, '0'),
				'updated', base.local_time(now(), 'UTC')))::text
			FROM trace.product_documents(ARRAY[of_gtin], scope, choices) AS d WHERE d.body <> '{}'),
		(SELECT (d.body || jsonb_build_object('updated', base.local_time(now(), 'UTC')))::text
			FROM trace.lot_documents(ARRAY[of_gtin], ARRAY[i.of_lot], scope, choices) AS d
			WHERE i.of_lot <> '' AND d.body <> '{}'),
		a.reason::text, to_char(a.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), i.stem
	FROM item AS i
	LEFT JOIN LATERAL trace.preview_halt(of_gtin, i.counter, i.serial, i.of_lot, i.state) AS h ON true
	LEFT JOIN LATERAL (SELECT e.reason, e.started_at FROM pub.recall AS e
		WHERE e.gtin = of_gtin AND e.lot_handle IN ('', trace.lot_handle(of_gtin, i.of_lot))
		ORDER BY e.lot_handle = '', e.started_at LIMIT 1) AS a ON true
	WHERE of_gtin IS NOT NULL AND (of_counter IS NULL OR i.counter IS NOT NULL)
		AND (of_serial IS NULL OR i.serial IS NOT NULL)
$$;

-- What a customer would see, were the draft of a scope ({field: choice}; NULL: the one saved) public: of counter
-- `of_counter`, or serial `of_serial` made elsewhere, of GTIN `of_item`; NULL both: of the newest lot.
DROP FUNCTION trace.fields_preview(bigint, jsonb, bigint, bigint);
CREATE FUNCTION trace.fields_preview(scope bigint, choices jsonb, of_item bigint, of_counter bigint, of_serial text)
RETURNS TABLE (gtin bigint, counter bigint, serial text, key_id bigint, serial_length bigint, state text, since text,
	reason text, brand text, product text, lot text, recall_reason text, recall_since text, link_stem text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	b bigint := trace.fields_scope(scope);
	chosen jsonb := coalesce(choices, (SELECT d.choices FROM trace.field_draft AS d
		WHERE d.brand_id = b AND d.gtin = scope), '{}');
	g bigint := of_item;
	l text := '';
BEGIN
	PERFORM trace.fields_scope(of_item);
	IF of_counter IS NULL AND of_serial IS NULL THEN
		SELECT n.gtin, n.lot INTO g, l FROM trace.newest_lot(b, CASE of_item WHEN 0 THEN scope ELSE of_item END) AS n;
		g := coalesce(g, nullif(of_item, 0), nullif(scope, 0),
			(SELECT max(p.gtin) FROM trace.product AS p WHERE p.brand_id = b));
	END IF;
	RETURN QUERY SELECT * FROM trace.preview_item(scope, chosen, g, of_counter, of_serial, coalesce(l, ''));
END $$;

-- What customers see of the first code of a recall or hold while it runs, were it running now: as its items are once
-- they are in use. No row: there is no such halt, or it has ended.
CREATE FUNCTION trace.halt_preview(of_halt bigint)
RETURNS TABLE (gtin bigint, counter bigint, serial text, key_id bigint, serial_length bigint, state text, since text,
	reason text, brand text, product text, lot text, recall_reason text, recall_since text, link_stem text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	h trace.halt;
	p trace.halt_part;
	words jsonb;
BEGIN
	SELECT * INTO h FROM trace.halt AS t WHERE t.id = of_halt AND t.state <> 'ended';
	SELECT * INTO p FROM trace.halt_part AS t WHERE t.halt_id = h.id ORDER BY t.codes = 0, t.n LIMIT 1;
	IF p.gtin IS NULL THEN RETURN; END IF;
	words := nullif(trace.halt_words(h.reason, h.advice), '{}');
	RETURN QUERY SELECT * FROM trace.preview_item(0, '{}', p.gtin, lower(p.counters), p.serial, p.lot,
		CASE WHEN trace.halt_effect(h.kind, h.shown) IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
			'effect', trace.halt_effect(h.kind, h.shown), 'reason', words::text,
			'since', to_char(coalesce(h.started_at, now()) AT TIME ZONE 'UTC', 'YYYY-MM-DD'))) END);
END $$;

-- --- checks of single codes ------------------------------------------------------------------------

-- How often each code of its GTINs was checked while a halt that names single codes ran (inbox.roll_up): counters are not known
-- here, so who reads it says which of them are covered (trace.halt_checked).
ALTER TABLE trace.halt ADD COLUMN watched bigint[];
UPDATE trace.halt AS h SET watched = ARRAY(SELECT DISTINCT p.gtin::bigint FROM trace.halt_part AS p WHERE p.halt_id = h.id)
WHERE h.choice ->> 'by' = 'codes' AND h.state = 'running';
CREATE INDEX halt_watching ON trace.halt (id) WHERE state = 'running' AND watched IS NOT NULL;
CREATE TABLE trace.halt_check (
	gtin    bigint NOT NULL,
	serial  text COLLATE "C" NOT NULL,
	halt_id bigint NOT NULL REFERENCES trace.halt,
	visits  bigint NOT NULL CHECK (visits > 0),
	PRIMARY KEY (gtin, serial, halt_id)
);
CREATE INDEX halt_check_most ON trace.halt_check (halt_id, visits DESC, serial);
ALTER TABLE trace.halt_check ENABLE ROW LEVEL SECURITY;
ALTER TABLE trace.halt_check FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON trace.halt_check TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON trace.halt_check TO suyuan_console
	USING (EXISTS (SELECT FROM trace.halt AS h WHERE h.id = halt_check.halt_id AND h.brand_id = base.session_brand()));
GRANT SELECT ON trace.halt_check TO suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE ON trace.halt_check TO suyuan_jobs;

-- As in 0025, and from now on its codes are watched, where it names codes.
CREATE OR REPLACE FUNCTION trace.halt_run(of_halt bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt;
BEGIN
	UPDATE trace.halt AS t SET state = 'running', started_at = now(), proposal = NULL, proposed_at = NULL,
		proposed_by = NULL, proposer = NULL, proposal_reason = '', watched = CASE WHEN t.choice ->> 'by' = 'codes'
			THEN ARRAY(SELECT DISTINCT p.gtin::bigint FROM trace.halt_part AS p WHERE p.halt_id = t.id) END
	WHERE t.id = of_halt RETURNING * INTO h;
	PERFORM trace.halt_note(h, 'started');
	PERFORM trace.halt_project(of_halt);
END $$;

-- The codes of its GTINs that were checked most since it began, the most checked first: [[GTIN, serial, visits], …].
CREATE FUNCTION trace.halt_visited(of_halt bigint, most bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_array(t.gtin, t.serial, t.visits) ORDER BY t.visits DESC, t.serial, t.gtin), '[]')
	FROM (SELECT * FROM trace.halt_check AS c WHERE c.halt_id = of_halt
		ORDER BY c.visits DESC, c.serial LIMIT most) AS t
$$;

-- Which of those, read as `codes`, are covered, the most checked first; NULL: it names no single codes, or has not
-- begun.
CREATE FUNCTION trace.halt_checked(h trace.halt, visited jsonb, codes code.printed[], most bigint DEFAULT 50) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN h.started_at IS NOT NULL AND h.choice ->> 'by' = 'codes' THEN coalesce((
		SELECT jsonb_agg(jsonb_build_object('gtin', lpad(t.gtin::text, 14, '0'), 'serial', t.serial, 'lot', t.lot,
			'batch', t.batch_id, 'place', t.place, 'visits', t.visits) ORDER BY t.visits DESC, t.serial)
		FROM (SELECT c.gtin, v.entry ->> 1 AS serial, (v.entry ->> 2)::bigint AS visits, p.lot, p.batch_id,
				p.place + c.counter - lower(p.counters) AS place
			FROM unnest(codes) WITH ORDINALITY AS c(gtin, counter, key_id, serial_length, serial, n)
			JOIN jsonb_array_elements(visited) WITH ORDINALITY AS v(entry, n) USING (n)
			CROSS JOIN LATERAL (SELECT * FROM trace.halt_part AS q WHERE q.halt_id = h.id AND q.gtin = c.gtin
				AND (q.counters @> c.counter OR q.serial = c.serial) LIMIT 1) AS p
			ORDER BY 3 DESC, 2 LIMIT most) AS t), '[]') END
$$;

-- --- the list --------------------------------------------------------------------------------------

-- A cell of a CSV that a spreadsheet shows and does not run.
CREATE FUNCTION base.csv_cell(cell text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT '"' || CASE WHEN cell ~ '^[-=+@\t\r]' THEN '''' ELSE '' END || replace(cell, '"', '""') || '"'
$$;

-- Lists that were counted before keep their bytes: their SHA-256 stands on sheets that were handed out.
ALTER TABLE trace.halt ADD COLUMN list_form smallint NOT NULL DEFAULT 1;
ALTER TABLE trace.halt ALTER COLUMN list_form SET DEFAULT 2;

-- As in 0025; from form 2 on, what a spreadsheet would take for a formula begins with an apostrophe.
CREATE OR REPLACE FUNCTION trace.halt_list(of_halt bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT E'gtin,lot,batch,from,to,serial,codes\r\n' || coalesce(string_agg(
		format(E'%s,%s,%s,%s,%s,%s,%s\r\n', lpad(p.gtin::text, 14, '0'),
			CASE h.list_form WHEN 1 THEN '"' || replace(p.lot, '"', '""') || '"' ELSE base.csv_cell(p.lot) END,
			coalesce(p.batch_id::text, ''), coalesce(p.place::text, ''),
			coalesce((p.place + upper(p.counters) - lower(p.counters) - 1)::text, ''),
			CASE h.list_form WHEN 1 THEN '"' || replace(coalesce(p.serial, ''), '"', '""') || '"'
				ELSE base.csv_cell(coalesce(p.serial, '')) END, p.codes), '' ORDER BY p.n), '')
	FROM trace.halt AS h JOIN trace.halt_part AS p ON p.halt_id = h.id WHERE h.id = of_halt
$$;

-- --- which law is in force -------------------------------------------------------------------------

-- The file that the rules in force were read from: once, when the operator said so; what became of it since
-- changes nothing.
CREATE TABLE trace.law_file (
	one     boolean PRIMARY KEY DEFAULT true CHECK (one),
	name    text NOT NULL,
	sha256  bytea NOT NULL CHECK (length(sha256) = 32),
	rules   integer NOT NULL,
	read_at timestamptz NOT NULL DEFAULT now(),
	read_by text NOT NULL DEFAULT base.session_by()
);
GRANT SELECT ON trace.law_file TO suyuan_console, suyuan_jobs;
SELECT audit.watch('trace.law_file');

-- The rules of a file from now on: trace.set_law(), and which file it was.
CREATE FUNCTION trace.take_law(rules jsonb, of_name text, content text) RETURNS TABLE (brand_id bigint, gtin bigint)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT * FROM trace.set_law(rules);
	INSERT INTO trace.law_file AS f (name, sha256, rules)
	VALUES (of_name, sha256(convert_to(content, 'UTF8')), jsonb_array_length(take_law.rules))
	ON CONFLICT (one) DO UPDATE SET name = EXCLUDED.name, sha256 = EXCLUDED.sha256, rules = EXCLUDED.rules,
		read_at = EXCLUDED.read_at, read_by = EXCLUDED.read_by;
END $$;
REVOKE EXECUTE ON FUNCTION trace.take_law FROM PUBLIC, suyuan_console, suyuan_jobs;

-- --- the document of a scope's fields --------------------------------------------------------------

-- As in 0021, with the job that makes documents anew, the file of the law, and of the products those whose name or GTIN begins with `q` ('': all), behind
-- GTIN `after`, fifty at a time.
DROP FUNCTION trace.fields_document(bigint, jsonb);
CREATE FUNCTION trace.fields_document(of_gtin bigint, all_shown jsonb, q text, after bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	products_most CONSTANT bigint := 50;
	b bigint := trace.fields_scope(of_gtin);
	sample_gtin bigint;
	sample_lot text;
BEGIN
	SELECT n.gtin, n.lot INTO sample_gtin, sample_lot FROM trace.newest_lot(b, of_gtin) AS n;
	IF sample_gtin IS NULL THEN
		sample_gtin := CASE WHEN of_gtin <> 0 THEN of_gtin
			ELSE (SELECT max(p.gtin) FROM trace.product AS p WHERE p.brand_id = b) END;
	END IF;
	RETURN json_build_object(
		'gtin', CASE WHEN of_gtin <> 0 THEN lpad(of_gtin::text, 14, '0') END,
		'name', (SELECT p.name FROM trace.product_now AS p WHERE p.gtin = of_gtin AND p.brand_id = b),
		'lots', trace.scope_lots(b, of_gtin, 1000000),
		'zone', trace.fields_zone(b),
		'draft', coalesce((SELECT json_build_object('version', d.version, 'choices', d.choices,
				'changed_at', trace.utc_text(d.changed_at), 'changed_by', d.changed_by)
			FROM trace.field_draft AS d WHERE d.brand_id = b AND d.gtin = of_gtin),
			json_build_object('version', 0, 'choices', json_build_object())),
		'own', trace.own_choices(b, of_gtin),
		'public', (SELECT coalesce(json_object_agg(d.field, json_build_object('choice', d.choice,
				'level', CASE WHEN d.own THEN 'product' ELSE 'brand' END, 'law', d.law,
				'at', trace.utc_text(d.decided_at), 'by', d.decided_by)), '{}')
			FROM trace.decisions_with(b, of_gtin, NULL, NULL) AS d),
		'law', (SELECT coalesce(json_agg(json_build_object('rule', l.name, 'field', l.field, 'must', l.must,
				'categories', l.categories, 'reason', l.reason, 'source', l.source,
				'binds', EXISTS (SELECT FROM trace.law_of(b, of_gtin) AS o WHERE o.name = l.name))
				ORDER BY l.field, l.name), '[]') FROM trace.law AS l),
		'sample', json_build_object('gtin', lpad(sample_gtin::text, 14, '0'), 'lot', sample_lot,
			'product', (SELECT d.body FROM trace.product_documents(ARRAY[sample_gtin], sample_gtin, all_shown) AS d),
			'lot_document', (SELECT d.body FROM trace.lot_documents(ARRAY[sample_gtin], ARRAY[sample_lot],
				sample_gtin, all_shown) AS d WHERE sample_lot IS NOT NULL)),
		'versions', (SELECT coalesce(json_agg(json_build_object('number', v.number, 'how', v.how,
				'back_to', v.back_to, 'at', trace.utc_text(v.made_at), 'by', v.made_by, 'changes', v.changes)
				ORDER BY v.number DESC), '[]')
			FROM (SELECT * FROM trace.field_version AS f WHERE f.brand_id = b AND f.gtin = of_gtin
				ORDER BY f.number DESC LIMIT 50) AS v),
		'scheduled', (SELECT coalesce(json_agg(json_build_object('id', j.id::text, 'at', trace.utc_text(j.turn_at),
				'local', j.arguments ->> 'local', 'zone', j.arguments ->> 'zone', 'by', j.arguments ->> 'by',
				'choices', j.arguments -> 'choices') ORDER BY j.turn_at, j.id), '[]')
			FROM job.job AS j WHERE j.brand_id = b AND j.kind = 'publish' AND j.state = 'waiting'
				AND coalesce(j.gtin, 0) = of_gtin),
		'under_way', (SELECT json_build_object('job', j.id::text, 'done', j.done, 'total', j.total)
			FROM job.job AS j WHERE j.brand_id = b AND j.kind IN ('project', 'publish')
				AND (j.state = 'running' OR (j.state = 'waiting' AND j.turn_at <= now()))
			ORDER BY j.id DESC LIMIT 1),
		'law_file', (SELECT json_build_object('name', f.name, 'sha256', encode(f.sha256, 'hex'), 'rules', f.rules,
				'at', trace.utc_text(f.read_at), 'by', f.read_by) FROM trace.law_file AS f),
		'products', (SELECT coalesce(json_agg(json_build_object('gtin', lpad(o.cursor_id::text, 14, '0'), 'name', p.name,
				'own', (SELECT count(*) FROM jsonb_each_text(trace.own_choices(b, o.cursor_id)) AS c
					WHERE c.value <> 'inherit')) ORDER BY o.cursor_id), '[]')
			FROM trace.product_list(q, after, 'en', products_most) AS o
			LEFT JOIN trace.product_now AS p ON p.gtin = o.cursor_id AND p.brand_id = b
			WHERE of_gtin = 0),
		-- Behind which GTIN there may be more of them.
		'products_after', (SELECT lpad(max(o.cursor_id)::text, 14, '0') FROM trace.product_list(q, after, 'en', products_most) AS o
			WHERE of_gtin = 0 HAVING count(*) = products_most));
END $$;

-- --- refusals in the reader's language -------------------------------------------------------------

-- As in 0025, each with a code.
CREATE OR REPLACE FUNCTION trace.halt_check_person(needed text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF base.session_account() IS NOT NULL AND NOT trace.halt_may(base.session_account(), needed)
		OR base.session_account() IS NULL AND current_user = 'suyuan_console' THEN
		PERFORM code.refuse(403, 'your account may not decide this, or no longer',
			json_build_object('code', 'halt_may_not'));
	END IF;
END $$;
CREATE OR REPLACE FUNCTION trace.halt_hold(of_halt bigint) RETURNS trace.halt
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt;
BEGIN
	PERFORM trace.halt_check_person('{quality,admin}');
	SELECT * INTO h FROM trace.halt AS t WHERE t.id = of_halt FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'there is no such recall or hold', json_build_object('code', 'halt_none'));
	END IF;
	IF h.proposal IS NOT NULL AND h.proposed_at + trace.halt_patience() <= now() THEN
		UPDATE trace.halt AS t SET proposal = NULL, proposed_at = NULL, proposed_by = NULL, proposer = NULL,
			proposal_reason = '' WHERE t.id = of_halt RETURNING * INTO h;
		PERFORM trace.halt_note(h, 'expired');
	END IF;
	RETURN h;
END $$;
CREATE OR REPLACE FUNCTION trace.halt_texts(words text, of_member text) RETURNS base.words
LANGUAGE plpgsql STABLE AS $$
DECLARE
	given jsonb := coalesce(nullif(words, ''), '{}')::jsonb;
BEGIN
	IF NOT base.is_text_by_language(given) OR EXISTS (
		SELECT FROM jsonb_each_text(given) AS t(tag, word) WHERE length(word) > 1000) THEN
		PERFORM code.refuse(400, of_member || ': must be texts by language of at most 1000 characters, such as {"en": "Glass"}',
			json_build_object('member', of_member, 'limit', 1000, 'code', 'halt_words'));
	END IF;
	RETURN given;
END $$;

-- As in 0021, the same; and version 0 is that nothing was decided.
CREATE OR REPLACE FUNCTION trace.fields_scope(of_gtin bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF of_gtin <> 0 AND NOT EXISTS (SELECT FROM trace.gtin_owner AS o
			WHERE o.gtin = of_gtin AND o.brand_id = base.session_brand()) THEN
		PERFORM code.refuse(404, 'There is no such product.', json_build_object('member', 'gtin', 'code', 'no_product'));
	END IF;
	RETURN base.session_brand();
END $$;
CREATE OR REPLACE FUNCTION trace.roll_back_fields(of_gtin bigint, to_number integer) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	b bigint := trace.fields_scope(of_gtin);
	then_own jsonb;
	changed jsonb;
BEGIN
	SELECT v.choices INTO then_own FROM trace.field_version AS v
	WHERE v.brand_id = b AND v.gtin = of_gtin AND v.number = to_number;
	IF NOT FOUND AND to_number = 0 THEN
		then_own := '{}';
	ELSIF then_own IS NULL THEN
		PERFORM code.refuse(404, 'There is no such version.', json_build_object('member', 'number',
			'code', 'fields_no_version'));
	END IF;
	SELECT coalesce(jsonb_object_agg(f.key, coalesce(then_own ->> f.key, trace.silent_choice(of_gtin))), '{}')
	INTO changed
	FROM (SELECT jsonb_object_keys(trace.own_choices(b, of_gtin)) UNION SELECT jsonb_object_keys(then_own)) AS f(key);
	changed := trace.choices_that_change(b, of_gtin, changed);
	IF changed = '{}' THEN
		PERFORM code.refuse(409, 'That version is what is public now.',
			json_build_object('member', 'number', 'code', 'nothing_to_publish'));
	END IF;
	RETURN trace.order_projection(b, of_gtin, trace.decide(b, of_gtin, changed, 'rollback', to_number));
END $$;
CREATE OR REPLACE FUNCTION trace.schedule_draft(of_gtin bigint, seen integer, clock text, zone text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	d trace.field_draft := trace.hold_draft(of_gtin, seen);
	changed jsonb := trace.choices_that_change(d.brand_id, of_gtin, d.choices);
	place text := coalesce(nullif(zone, ''), trace.fields_zone(d.brand_id));
	local timestamp;
	at timestamptz;
	made bigint;
BEGIN
	BEGIN
		local := clock::timestamp;
	EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
		NULL;                                -- refused below: there is no such time
	END;
	IF NOT base.is_time_zone(place) THEN
		PERFORM code.refuse(400, 'zone: there is no such time zone.', json_build_object('member', 'zone',
			'code', 'time_zone'));
	END IF;
	at := local AT TIME ZONE place;
	IF at IS NULL OR at <= now() OR at > now() + interval '5 years' THEN
		PERFORM code.refuse(400, 'at: must be a time to come, within five years.', json_build_object('member', 'at',
			'code', 'time_to_come'));
	END IF;
	IF changed = '{}' THEN
		PERFORM code.refuse(409, 'There is nothing to publish: the draft is what is public.',
			json_build_object('member', 'version', 'code', 'nothing_to_publish'));
	END IF;
	IF (SELECT count(*) FROM job.job AS j WHERE j.brand_id = d.brand_id AND j.kind = 'publish'
			AND j.state = 'waiting') >= 100 THEN
		PERFORM code.refuse(429, 'Too much is scheduled: at most 100.', json_build_object('limit', 100, 'code', 'fields_many_planned'));
	END IF;
	INSERT INTO job.job (brand_id, gtin, kind, arguments, total, turn_at)
	VALUES (d.brand_id, nullif(of_gtin, 0), 'publish', jsonb_build_object('gtin', of_gtin, 'choices', changed,
		'by', base.session_by(), 'local', to_char(local, 'YYYY-MM-DD HH24:MI'), 'zone', place),
		trace.scope_lots(d.brand_id, of_gtin, 1000000000)
			+ cardinality(trace.scope_gtins(d.brand_id, of_gtin)), at)
	RETURNING id INTO made;
	UPDATE trace.field_draft AS o SET choices = '{}', version = d.version + 1, changed_at = now(),
		changed_by = base.session_by()
	WHERE o.brand_id = d.brand_id AND o.gtin = of_gtin;
	RETURN json_build_object('job', made::text, 'at', trace.utc_text(at), 'zone', place);
END $$;
CREATE OR REPLACE FUNCTION trace.unschedule_fields(of_job bigint) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM job.job AS j WHERE j.id = of_job AND j.brand_id = base.session_brand()
			AND j.kind = 'publish') THEN
		PERFORM code.refuse(404, 'Nothing is scheduled under this id.', json_build_object('member', 'id',
			'code', 'fields_not_planned'));
	END IF;
	RETURN json_build_object('state', job.cancel(of_job));
END $$;
