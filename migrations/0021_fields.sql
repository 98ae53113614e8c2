-- What the public may see: hidden, shown as it is or in a coarser form, for a brand or one product; rules of
-- law, drafts, versions to go back to, publishing now or at a time. Every way of deciding goes through
-- trace.decide(); what a document holds is decided by trace.visible_with() and nowhere else.

-- --- choices ---
--
-- A choice is a word: "hide", "show", for a product "inherit" (as its brand decides), or a coarser form
-- (src/model/coarser.def): "date", "month", "year", "place", "country", "rounded", "verdict".

ALTER TABLE trace.visibility
	ADD COLUMN form text NOT NULL DEFAULT '' CHECK (form = '' OR (visible AND form ~ '^[a-z]{1,20}$')),
	ADD COLUMN inherits boolean NOT NULL DEFAULT false CHECK (NOT inherits OR (gtin <> 0 AND NOT visible));

CREATE FUNCTION trace.choice_of(visible boolean, form text, inherits boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN inherits THEN 'inherit' WHEN NOT visible THEN 'hide' WHEN form = '' THEN 'show' ELSE form END
$$;

-- --- rules of law ---
--
-- What must be public, and what must stay secret, whatever a brand decides: from a file of the operator's
-- (`suyuan policy law`), for all products or for those of some categories.

CREATE TABLE trace.law (
	name       text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
	field      text NOT NULL,
	must       text NOT NULL CHECK (must IN ('public', 'secret')),
	categories text[] NOT NULL DEFAULT '{}',      -- lower case; none: every product
	reason     base.words NOT NULL,
	source     text NOT NULL,                     -- the act and its article
	since      timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON trace.law TO suyuan_console, suyuan_jobs;

-- The rules for a product; for a brand (0) those for every product. A category counts as a whole name among
-- those the product gives, in any language.
CREATE FUNCTION trace.law_of(of_brand bigint, of_gtin bigint) RETURNS SETOF trace.law
LANGUAGE sql STABLE AS $$
	SELECT l.* FROM trace.law AS l
	WHERE l.categories = '{}' OR (of_gtin <> 0 AND EXISTS (
		SELECT FROM trace.product_now AS p CROSS JOIN LATERAL jsonb_each_text(p.category::jsonb) AS w
		WHERE p.brand_id = of_brand AND p.gtin = of_gtin
			AND regexp_split_to_array(lower(w.value), '\s*[,/>|;、，]\s*') && l.categories))
$$;

-- Refuses a choice that the law forbids, with the reason.
CREATE FUNCTION trace.obey_law(of_brand bigint, of_gtin bigint, of_field text, choice text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	l trace.law;
BEGIN
	SELECT * INTO l FROM trace.law_of(of_brand, of_gtin) AS o
	WHERE o.field = of_field AND choice <> 'inherit'
		AND CASE o.must WHEN 'secret' THEN choice <> 'hide' ELSE choice <> 'show' END
	ORDER BY o.name LIMIT 1;
	IF FOUND THEN
		PERFORM code.refuse(422, format('%s must %s: %s (%s)', of_field,
			CASE l.must WHEN 'secret' THEN 'stay secret' ELSE 'be public as it is' END,
			coalesce(l.reason::jsonb ->> 'en', l.name), l.source),
			json_build_object('member', of_field, 'code', 'law_' || l.must, 'law', l.name,
				'reason', l.reason, 'source', l.source));
	END IF;
END $$;
-- No decision against the law is written down, whoever decides.
CREATE FUNCTION trace.check_law() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM trace.obey_law(NEW.brand_id, NEW.gtin, NEW.field,
		trace.choice_of(NEW.visible, NEW.form, NEW.inherits));
	RETURN NULL;
END $$;
CREATE TRIGGER check_law AFTER INSERT ON trace.visibility FOR EACH ROW EXECUTE FUNCTION trace.check_law();

-- --- what is visible ---

-- What counts for a product (0: for the brand's own policy), field by field, where anything was decided:
-- the newest decision of the product, else of the brand, as if those of `draft` ({field: choice}, of the scope
-- `draft_gtin`) were the newest of all; and then the law.
CREATE FUNCTION trace.decisions_with(of_brand bigint, of_gtin bigint, draft_gtin bigint, draft jsonb)
RETURNS TABLE (field text, choice text, own boolean, law text, decided_at timestamptz, decided_by text)
LANGUAGE sql STABLE AS $$
	WITH newest AS (
		SELECT DISTINCT ON (d.field, d.gtin) d.*
		FROM (
			SELECT v.field, v.gtin, v.id, trace.choice_of(v.visible, v.form, v.inherits) AS choice,
				v.decided_at, v.decided_by
			FROM trace.visibility AS v
			WHERE v.brand_id = of_brand AND v.gtin IN (0, of_gtin)
			UNION ALL
			SELECT e.key, draft_gtin, 9223372036854775807, e.value, now(), base.session_by()
			FROM jsonb_each_text(draft) AS e
			WHERE draft_gtin IN (0, of_gtin)) AS d
		ORDER BY d.field, d.gtin, d.id DESC
	), decided AS (
		SELECT DISTINCT ON (n.field) n.* FROM newest AS n WHERE n.choice <> 'inherit'
		ORDER BY n.field, n.gtin DESC
	), ruled AS (
		SELECT DISTINCT ON (l.field) l.field, l.must FROM trace.law_of(of_brand, of_gtin) AS l
		ORDER BY l.field, l.must DESC
	)
	SELECT d.field, CASE r.must WHEN 'secret' THEN 'hide' WHEN 'public' THEN 'show' ELSE d.choice END,
		d.gtin <> 0, r.must, d.decided_at, d.decided_by
	FROM decided AS d LEFT JOIN ruled AS r USING (field)
$$;

-- The names of the fields that are shown: "lot.produced_on" as it is, "lot.produced_on/month" in a coarser
-- form, so that who knows nothing of a form shows nothing.
CREATE FUNCTION trace.visible_with(of_brand bigint, of_gtin bigint, draft_gtin bigint, draft jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT coalesce(array_agg(d.field || CASE d.choice WHEN 'show' THEN '' ELSE '/' || d.choice END), '{}')
	FROM trace.decisions_with(of_brand, of_gtin, draft_gtin, draft) AS d WHERE d.choice <> 'hide'
$$;
CREATE OR REPLACE FUNCTION trace.visible(of_brand bigint, of_gtin bigint) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT trace.visible_with(of_brand, of_gtin, NULL, NULL)
$$;

-- --- values in the form they are shown in; f is what trace.visible_with() gives ---

CREATE FUNCTION trace.day_shown(f text[], field text, day date) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN field = ANY (f) THEN to_char(day, 'YYYY-MM-DD')
		WHEN field || '/month' = ANY (f) THEN to_char(day, 'YYYY-MM')
		WHEN field || '/year' = ANY (f) THEN to_char(day, 'YYYY') END
$$;
CREATE FUNCTION trace.time_shown(f text[], field text, at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN field = ANY (f) THEN base.local_time(at, zone)
		WHEN field || '/date' = ANY (f) THEN to_char(at AT TIME ZONE zone, 'YYYY-MM-DD')
		WHEN field || '/month' = ANY (f) THEN to_char(at AT TIME ZONE zone, 'YYYY-MM')
		WHEN field || '/year' = ANY (f) THEN to_char(at AT TIME ZONE zone, 'YYYY') END
$$;
-- Whose name or place it is, the place it is in, its country: "x-country" is a country's code, which the
-- page names in the reader's language (src/page/document.h).
CREATE FUNCTION trace.place_shown(f text[], field text, exact jsonb, place jsonb, country text) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN field = ANY (f) THEN nullif(exact, '{}')
		WHEN field || '/place' = ANY (f) THEN nullif(place, '{}')
		WHEN field || '/country' = ANY (f) AND country IS NOT NULL
			THEN jsonb_build_object('x-country', country) END
$$;
-- To its first digit: 1234 becomes 1000.
CREATE FUNCTION trace.rounded(value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value = 0 THEN 0 ELSE trim_scale(round(value, -floor(log(abs(value)))::integer)) END
$$;
CREATE FUNCTION trace.amount_shown(f text[], field text, value numeric, unit text) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN value IS NULL THEN NULL
		WHEN field = ANY (f) THEN jsonb_build_object('value', value::text, 'unit', unit)
		WHEN field || '/rounded' = ANY (f)
			THEN jsonb_build_object('value', trace.rounded(value)::text, 'unit', unit) END
$$;

-- --- the documents (src/page/document.h), as they are or as a draft would make them ---

-- The member "file" of a document; there are none before 0022.
CREATE FUNCTION trace.paper_shown(of_brand bigint, of_sha256 bytea) RETURNS jsonb
LANGUAGE sql STABLE AS 'SELECT NULL::jsonb';

-- From what is visible and nothing else. No array has more than 500 entries.
CREATE FUNCTION trace.product_documents(gtins bigint[], draft_gtin bigint DEFAULT NULL, draft jsonb DEFAULT NULL)
RETURNS TABLE (gtin bigint, body jsonb)
LANGUAGE sql STABLE AS $$
	WITH wanted AS MATERIALIZED (
		SELECT o.gtin::bigint AS gtin, o.brand_id, trace.visible_with(o.brand_id, o.gtin, draft_gtin, draft) AS f
		FROM trace.gtin_owner AS o
		WHERE o.gtin = ANY (gtins)
	)
	SELECT w.gtin, jsonb_strip_nulls(jsonb_build_object(
			'name', CASE WHEN 'product.name' = ANY (w.f) THEN nullif(p.name::jsonb, '{}') END,
			'description', CASE WHEN 'product.description' = ANY (w.f)
				THEN nullif(p.description::jsonb, '{}') END,
			'category', CASE WHEN 'product.category' = ANY (w.f) THEN nullif(p.category::jsonb, '{}') END,
			'ingredients', CASE WHEN 'product.ingredients' = ANY (w.f)
				THEN nullif(p.ingredients::jsonb, '{}') END,
			'net_content', CASE WHEN 'product.net_content' = ANY (w.f) THEN nullif(p.net_content, '') END,
			'origin_country', CASE WHEN 'product.origin_country' = ANY (w.f) THEN p.origin_country END,
			'origin_place', trace.place_shown(w.f, 'product.origin_place', p.origin_place, NULL, p.origin_country),
			'responsible', CASE WHEN 'product.responsible' = ANY (w.f)
				THEN nullif(p.responsible::jsonb, '{}') END,
			'care', CASE WHEN 'product.care' = ANY (w.f) THEN nullif(p.care::jsonb, '{}') END,
			'photo', (SELECT jsonb_build_object('sha256', encode(s.sha256, 'hex'), 'width', s.width,
					'height', s.height)
				FROM trace.photo_now AS s WHERE s.gtin = w.gtin AND s.brand_id = w.brand_id
					AND 'product.photo' = ANY (w.f)),
			'materials', materials.list,
			'documents', documents.list)) AS body
		FROM wanted AS w
		LEFT JOIN trace.product_now AS p ON p.gtin = w.gtin AND p.brand_id = w.brand_id
		CROSS JOIN LATERAL (
			SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'name', m.name,
				'country', CASE WHEN 'material.country' = ANY (w.f) THEN m.country END,
				'share', CASE WHEN 'material.share' = ANY (w.f) THEN m.share::text END,
				'recycled_share', CASE WHEN 'material.recycled_share' = ANY (w.f)
					THEN m.recycled_share::text END,
				'hazard', CASE WHEN 'material.hazard' = ANY (w.f) THEN nullif(m.hazard::jsonb, '{}') END,
				'supplier', trace.place_shown(w.f, 'material.supplier', s.name, s.place, s.country))) ORDER BY m.position) AS list
			FROM (SELECT * FROM trace.material_now AS a
				WHERE a.gtin = w.gtin AND a.brand_id = w.brand_id AND a.lot = ''
					AND 'material.name' = ANY (w.f)
				ORDER BY a.position LIMIT 500) AS m
			LEFT JOIN trace.supplier_now AS s ON s.brand_id = m.brand_id AND s.record_key = m.supplier
			) AS materials
		CROSS JOIN LATERAL (
			SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'title', d.title,
				'kind', CASE WHEN 'document.kind' = ANY (w.f) THEN nullif(d.kind, '') END,
				'issuer', CASE WHEN 'document.issuer' = ANY (w.f) THEN nullif(d.issuer::jsonb, '{}') END,
				'issued_on', trace.day_shown(w.f, 'document.issued_on', d.issued_on),
				'sha256', CASE WHEN 'document.digest' = ANY (w.f) THEN encode(d.sha256, 'hex') END,
				'file', CASE WHEN 'document.file' = ANY (w.f) THEN trace.paper_shown(d.brand_id, d.sha256) END))
				ORDER BY d.first_id) AS list
			FROM (SELECT a.*, o.id AS first_id FROM trace.document_now AS a
				JOIN trace.document AS o ON o.brand_id = a.brand_id AND o.record_key = a.record_key
					AND o.replaces IS NULL
				WHERE a.gtin = w.gtin AND a.brand_id = w.brand_id AND a.lot = ''
					AND 'document.title' = ANY (w.f)
				ORDER BY o.id LIMIT 500) AS d) AS documents
$$;

-- Of lots and their GTINs, pairwise. The order of entries follows only what is visible: failed inspections
-- come first where verdicts are; inputs and documents stand as first recorded, for a correction of what is
-- private must not move them.
CREATE FUNCTION trace.lot_documents(gtins bigint[], lots text[], draft_gtin bigint DEFAULT NULL,
	draft jsonb DEFAULT NULL)
RETURNS TABLE (gtin bigint, lot_handle text, body jsonb)
LANGUAGE sql STABLE AS $$
	WITH shown AS MATERIALIZED (
		SELECT o.gtin::bigint AS gtin, o.brand_id, trace.visible_with(o.brand_id, o.gtin, draft_gtin, draft) AS f
		FROM trace.gtin_owner AS o
		WHERE o.gtin = ANY (gtins)
	)
	SELECT w.gtin, trace.lot_handle(w.gtin, w.lot) AS lot_handle, jsonb_strip_nulls(jsonb_build_object(
			'lot', CASE WHEN 'lot.number' = ANY (f) THEN l.lot::text END,
			'produced_on', trace.day_shown(f, 'lot.produced_on', l.produced_on),
			'best_before', trace.day_shown(f, 'lot.best_before', l.best_before),
			'facility', trace.place_shown(f, 'lot.facility', place.name, place.place, place.country),
			'country', CASE WHEN 'lot.country' = ANY (f) THEN place.country END,
			'place', trace.place_shown(f, 'lot.place', place.place, NULL, place.country),
			'quantity', trace.amount_shown(f, 'lot.quantity', l.quantity, l.unit),
			'materials', materials.list,
			'inputs', inputs.list,
			'steps', steps.list,
			'inspections', inspections.list,
			'documents', documents.list)) AS body
		FROM unnest(gtins, lots) AS w(gtin, lot)
		JOIN shown USING (gtin)
		LEFT JOIN trace.lot_now AS l ON l.gtin = w.gtin AND l.lot = w.lot AND l.brand_id = shown.brand_id
		LEFT JOIN trace.facility_now AS place
			ON place.brand_id = shown.brand_id AND place.record_key = l.facility
		CROSS JOIN LATERAL (
			SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'name', m.name,
				'country', CASE WHEN 'material.country' = ANY (f) THEN m.country END,
				'share', CASE WHEN 'material.share' = ANY (f) THEN m.share::text END,
				'recycled_share', CASE WHEN 'material.recycled_share' = ANY (f)
					THEN m.recycled_share::text END,
				'hazard', CASE WHEN 'material.hazard' = ANY (f) THEN nullif(m.hazard::jsonb, '{}') END,
				'supplier', trace.place_shown(f, 'material.supplier', s.name, s.place, s.country))) ORDER BY m.position) AS list
			FROM (SELECT * FROM trace.material_now AS a
				WHERE a.gtin = l.gtin AND a.brand_id = l.brand_id AND a.lot = l.lot
					AND 'material.name' = ANY (f)
				ORDER BY a.position LIMIT 500) AS m
			LEFT JOIN trace.supplier_now AS s ON s.brand_id = m.brand_id AND s.record_key = m.supplier
			) AS materials
		CROSS JOIN LATERAL (
			-- A lot of another product of the brand shows its name only where that is public itself.
			SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'name', coalesce(ml.name, p.name),
				'country', CASE WHEN 'input.country' = ANY (f) THEN ml.country END,
				'supplier', trace.place_shown(f, 'input.supplier', s.name, s.place, s.country),
				'lot', CASE WHEN 'input.lot' = ANY (f) THEN nullif(i.input_lot, '') END,
				'quantity', trace.amount_shown(f, 'input.quantity', i.quantity, i.unit),
				'received_on', trace.day_shown(f, 'input.received_on', ml.received_on))) ORDER BY i.first_id) AS list
			FROM (SELECT a.*, o.id AS first_id FROM trace.lot_input_now AS a
				JOIN trace.lot_input AS o ON o.brand_id = a.brand_id AND o.record_key = a.record_key
					AND o.replaces IS NULL
				WHERE a.gtin = l.gtin AND a.brand_id = l.brand_id AND a.lot = l.lot
					AND 'input.name' = ANY (f)
				ORDER BY o.id LIMIT 500) AS i
			LEFT JOIN trace.material_lot_now AS ml ON ml.brand_id = i.brand_id
				AND ml.supplier = i.supplier AND ml.material = i.material AND ml.lot = i.input_lot
				AND ml.record_key = i.supplier || '|' || i.material || '|' || i.input_lot
			LEFT JOIN trace.supplier_now AS s ON s.brand_id = i.brand_id AND s.record_key = i.supplier
			LEFT JOIN trace.product_now AS p ON p.brand_id = i.brand_id AND p.gtin = i.input_gtin
				AND 'product.name' = ANY (trace.visible_with(i.brand_id, i.input_gtin, draft_gtin, draft))
			WHERE coalesce(ml.name, p.name) IS NOT NULL) AS inputs
		CROSS JOIN LATERAL (
			SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'name', t.name,
				'time', nullif(jsonb_strip_nulls(jsonb_build_object(
					'from', trace.time_shown(f, 'step.time', t.started_at,
						coalesce(sp.time_zone, place.time_zone, 'UTC')),
					'to', trace.time_shown(f, 'step.time', t.ended_at,
						coalesce(sp.time_zone, place.time_zone, 'UTC')))), '{}'),
				'place', trace.place_shown(f, 'step.place', sp.place, NULL, sp.country),
				'parameters', CASE WHEN 'step.parameters' = ANY (f) THEN (
					SELECT jsonb_agg(jsonb_build_object('name', e -> 'name',
						'value', CASE WHEN jsonb_typeof(e -> 'value') IN ('string', 'number')
							THEN e ->> 'value' END,
						'unit', CASE WHEN jsonb_typeof(e -> 'unit') = 'string' THEN nullif(e ->> 'unit', '') END)
						ORDER BY at)
					FROM jsonb_array_elements(t.parameters) WITH ORDINALITY AS p(e, at)
					WHERE at <= 500 AND base.is_text_by_language(e -> 'name') AND e -> 'name' <> '{}') END))
				ORDER BY t.position) AS list
			FROM (SELECT * FROM trace.step_now AS a
				WHERE a.gtin = l.gtin AND a.brand_id = l.brand_id AND a.lot = l.lot
					AND 'step.name' = ANY (f)
				ORDER BY a.position LIMIT 500) AS t
			LEFT JOIN trace.facility_now AS sp ON sp.brand_id = t.brand_id AND sp.record_key = t.facility
			) AS steps
		CROSS JOIN LATERAL (
			SELECT jsonb_agg(entry ORDER BY rank) AS list FROM (
				SELECT row_number() OVER first_failed AS rank, jsonb_strip_nulls(jsonb_build_object(
					'test', n.test,
					'method', CASE WHEN 'inspection.method' = ANY (f) THEN nullif(n.method, '') END,
					'value', CASE WHEN 'inspection.value' = ANY (f) THEN CASE
						WHEN n.value IS NOT NULL
							THEN jsonb_build_object('number', n.value::text, 'unit', nullif(n.unit, ''))
						WHEN n.value_text <> ''
							THEN jsonb_build_object('text', n.value_text, 'unit', nullif(n.unit, ''))
						END WHEN 'inspection.value/verdict' = ANY (f)
							THEN jsonb_build_object('verdict', n.verdict) END,
					'limits', CASE WHEN 'inspection.limits' = ANY (f)
						AND coalesce(n.lower_limit, n.upper_limit) IS NOT NULL
						THEN jsonb_build_object('lower', n.lower_limit::text, 'upper', n.upper_limit::text,
							'unit', nullif(n.unit, '')) END,
					'verdict', CASE WHEN 'inspection.verdict' = ANY (f) THEN n.verdict END,
					'time', trace.time_shown(f, 'inspection.time', n.measured_at,
						coalesce(np.time_zone, place.time_zone, 'UTC')),
					'laboratory', CASE WHEN 'inspection.laboratory' = ANY (f)
						THEN nullif(n.laboratory::jsonb, '{}') END,
					'instrument', CASE WHEN 'inspection.instrument' = ANY (f)
						THEN nullif(n.instrument, '') END,
					'certificate', CASE WHEN 'inspection.certificate' = ANY (f)
						THEN nullif(n.certificate, '') END)) AS entry
				FROM trace.inspection_now AS n
				LEFT JOIN trace.facility_now AS np
					ON np.brand_id = n.brand_id AND np.record_key = n.facility
				WHERE n.gtin = l.gtin AND n.brand_id = l.brand_id AND n.lot = l.lot AND n.serial = ''
					AND 'inspection.test' = ANY (f)
				WINDOW first_failed AS (ORDER BY
					CASE WHEN f && '{inspection.verdict,inspection.value/verdict}' THEN CASE n.verdict
						WHEN 'fail' THEN 0 WHEN 'missing' THEN 1 WHEN 'pass' THEN 2 ELSE 3 END END,
					CASE WHEN 'inspection.time' = ANY (f) THEN n.measured_at END,
					n.test_code, n.sample)
				ORDER BY rank
				LIMIT 200) AS first_of_them) AS inspections
		CROSS JOIN LATERAL (
			SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'title', d.title,
				'kind', CASE WHEN 'document.kind' = ANY (f) THEN nullif(d.kind, '') END,
				'issuer', CASE WHEN 'document.issuer' = ANY (f) THEN nullif(d.issuer::jsonb, '{}') END,
				'issued_on', trace.day_shown(f, 'document.issued_on', d.issued_on),
				'sha256', CASE WHEN 'document.digest' = ANY (f) THEN encode(d.sha256, 'hex') END,
				'file', CASE WHEN 'document.file' = ANY (f) THEN trace.paper_shown(d.brand_id, d.sha256) END))
				ORDER BY d.first_id) AS list
			FROM (SELECT a.*, o.id AS first_id FROM trace.document_now AS a
				JOIN trace.document AS o ON o.brand_id = a.brand_id AND o.record_key = a.record_key
					AND o.replaces IS NULL
				WHERE a.gtin = l.gtin AND a.brand_id = l.brand_id AND a.lot = l.lot
					AND 'document.title' = ANY (f)
				ORDER BY o.id LIMIT 500) AS d) AS documents
$$;

-- --- writing documents; whoever does holds pub.lock_documents() ---

-- Writes what changed; a product of which nothing is visible has no document. Gives how many and the GTINs
-- to touch.
CREATE FUNCTION trace.write_products(of_gtins bigint[], OUT changed bigint, OUT gtins bigint[])
LANGUAGE sql AS $$
	WITH doc AS MATERIALIZED (
		SELECT d.gtin, d.body FROM trace.product_documents(of_gtins) AS d
	), photo AS MATERIALIZED (
		SELECT p.gtin::bigint AS gtin, p.id, p.sha256
		FROM doc AS d JOIN trace.gtin_owner AS o ON o.gtin = d.gtin
		JOIN trace.photo_now AS p ON p.gtin = d.gtin AND p.brand_id = o.brand_id
		WHERE d.body ? 'photo'
	), written AS (
		INSERT INTO pub.product AS old (gtin, document)
		SELECT d.gtin, d.body || jsonb_build_object('gtin', lpad(d.gtin::text, 14, '0'),
			'updated', base.local_time(now(), 'UTC'))
		FROM doc AS d
		WHERE d.body <> '{}'
		ON CONFLICT (gtin) DO UPDATE SET document = EXCLUDED.document
		WHERE old.document - 'updated' <> EXCLUDED.document - 'updated'
		RETURNING old.gtin
	), gone AS (
		DELETE FROM pub.product AS old USING doc AS d
		WHERE old.gtin = d.gtin AND d.body = '{}'
		RETURNING old.gtin
	), photo_written AS (
		INSERT INTO pub.photo (gtin, sha256, bytes)
		SELECT s.gtin, s.sha256, p.bytes FROM photo AS s JOIN trace.photo AS p ON p.id = s.id
		WHERE NOT EXISTS (SELECT FROM pub.photo AS same WHERE same.gtin = s.gtin AND same.sha256 = s.sha256)
		ON CONFLICT (gtin) DO UPDATE SET sha256 = EXCLUDED.sha256, bytes = EXCLUDED.bytes
	), photo_gone AS (
		DELETE FROM pub.photo AS old USING doc AS d
		WHERE old.gtin = d.gtin AND NOT EXISTS (SELECT FROM photo AS s WHERE s.gtin = old.gtin)
	), changed AS (
		SELECT w.gtin FROM written AS w UNION ALL SELECT g.gtin FROM gone AS g
	)
	SELECT count(*), coalesce(array_agg(c.gtin), '{}') FROM changed AS c
$$;

CREATE FUNCTION trace.write_lots(of_gtins bigint[], lots text[], OUT changed bigint, OUT gtins bigint[])
LANGUAGE sql AS $$
	WITH doc AS MATERIALIZED (
		SELECT d.gtin, d.lot_handle, d.body FROM trace.lot_documents(of_gtins, lots) AS d
	), written AS (
		INSERT INTO pub.lot AS old (gtin, lot_handle, document)
		SELECT d.gtin, d.lot_handle, d.body || jsonb_build_object('updated', base.local_time(now(), 'UTC'))
		FROM doc AS d
		WHERE d.body <> '{}'
		ON CONFLICT (gtin, lot_handle) DO UPDATE SET document = EXCLUDED.document
		WHERE old.document - 'updated' <> EXCLUDED.document - 'updated'
		RETURNING old.gtin
	), gone AS (
		DELETE FROM pub.lot AS old USING doc AS d
		WHERE old.gtin = d.gtin AND old.lot_handle = d.lot_handle AND d.body = '{}'
		RETURNING old.gtin
	), changed AS (
		SELECT w.gtin FROM written AS w UNION ALL SELECT g.gtin FROM gone AS g
	)
	SELECT count(*), coalesce(array_agg(DISTINCT c.gtin), '{}') FROM changed AS c
$$;

-- The hide list as far as these GTINs cover it, for who has made their documents clean since.
CREATE FUNCTION trace.hidden_of(of_gtins bigint[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(to_jsonb(h)), '[]')
	FROM pub.hide AS h
	WHERE h.gtin = ANY (of_gtins)
		OR (h.gtin = 0 AND NOT EXISTS (SELECT FROM trace.gtin_owner AS o
			WHERE o.brand_id = h.brand_id AND o.gtin <> ALL (of_gtins)))
$$;
-- Removes what was denied then; a newer decision stands.
CREATE FUNCTION trace.unhide(hidden jsonb, OUT changed bigint, OUT gtins bigint[])
LANGUAGE sql AS $$
	WITH gone AS (
		DELETE FROM pub.hide AS h
		USING jsonb_to_recordset(hidden) AS d(brand_id bigint, gtin bigint, field text, decision bigint)
		WHERE (h.brand_id, h.gtin, h.field, h.decision) = (d.brand_id, d.gtin, d.field, d.decision)
		RETURNING h.brand_id, h.gtin
	)
	SELECT count(*), coalesce(array_agg(DISTINCT g.gtin), '{}')
	FROM gone JOIN pub.gtin AS g ON g.brand_id = gone.brand_id AND gone.gtin IN (0, g.gtin)
$$;

-- The GTINs whose documents a decision for a scope reaches.
CREATE FUNCTION trace.scope_gtins(of_brand bigint, of_gtin bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN of_gtin <> 0 THEN trace.with_products_made_of(ARRAY[of_gtin])
		ELSE (SELECT coalesce(array_agg(o.gtin::bigint ORDER BY o.gtin), '{}') FROM trace.gtin_owner AS o
			WHERE o.brand_id = of_brand) END
$$;

-- How many documents of lots a decision for a scope makes anew; counts no further than `most`.
CREATE FUNCTION trace.scope_lots(of_brand bigint, of_gtin bigint, most bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN of_gtin = 0
		THEN (SELECT count(*) FROM (SELECT FROM trace.lot AS l
			WHERE l.brand_id = of_brand AND l.replaces IS NULL LIMIT most) AS counted)
		ELSE (SELECT count(*) FROM (SELECT FROM trace.lot AS l
			WHERE l.gtin = ANY (trace.scope_gtins(of_brand, of_gtin)) AND l.replaces IS NULL LIMIT most) AS counted) END
$$;
-- So that 100,000 of them are counted without reading them.
CREATE INDEX lot_counted ON trace.lot (brand_id, gtin) WHERE replaces IS NULL;

-- Makes all documents of a scope anew, in the transaction it is asked in: for few of them.
CREATE FUNCTION trace.project_scope(of_brand bigint, of_gtin bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	all_of_them bigint[] := trace.scope_gtins(of_brand, of_gtin);
	hidden jsonb := trace.hidden_of(all_of_them);
	touched bigint[];
	uncovered bigint[];
	of_lots bigint[];
	names text[];
BEGIN
	PERFORM pub.lock_documents(all_of_them);
	SELECT gtins INTO touched FROM trace.write_products(all_of_them);
	SELECT coalesce(array_agg(l.gtin), '{}'), coalesce(array_agg(l.lot), '{}') INTO of_lots, names
	FROM (SELECT DISTINCT o.gtin::bigint AS gtin, o.lot::text AS lot FROM trace.lot AS o
		WHERE o.gtin = ANY (all_of_them)) AS l;
	SELECT touched || gtins INTO touched FROM trace.write_lots(of_lots, names);
	SELECT gtins INTO uncovered FROM trace.unhide(hidden);
	IF touched || uncovered <> '{}' THEN
		PERFORM pub.touch(touched || uncovered);
	END IF;
END $$;
GRANT INSERT, UPDATE, DELETE ON pub.product, pub.lot, pub.photo TO suyuan_console;

-- --- deciding ---

-- What a scope had decided after each change: whom to ask, and what to go back to.
CREATE TABLE trace.field_version (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id  bigint NOT NULL REFERENCES trace.brand,
	gtin      bigint NOT NULL CHECK (gtin = 0 OR base.gtin_ok(gtin)),
	number    integer NOT NULL,                  -- 1, 2, 3 … in its scope
	choices   jsonb NOT NULL,                    -- all of the scope's own: {field: choice}
	changes   jsonb NOT NULL,                    -- {field: [before, after]}
	how       text NOT NULL CHECK (how IN ('before', 'publish', 'schedule', 'rollback', 'command', 'law')),
	back_to   integer,                           -- number of the version it went back to
	made_at   timestamptz NOT NULL DEFAULT now(),
	made_by   text NOT NULL DEFAULT base.session_by(),
	UNIQUE (brand_id, gtin, number)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.field_version
	EXECUTE FUNCTION trace.refuse_change();

-- A draft of a scope: one for all of the brand's people.
CREATE TABLE trace.field_draft (
	brand_id   bigint NOT NULL REFERENCES trace.brand,
	gtin       bigint NOT NULL CHECK (gtin = 0 OR base.gtin_ok(gtin)),
	version    integer NOT NULL,                 -- grows by each change; who saves says which he saw
	choices    jsonb NOT NULL,                   -- what differs from what is public: {field: choice}
	changed_at timestamptz NOT NULL DEFAULT now(),
	changed_by text NOT NULL DEFAULT base.session_by(),
	PRIMARY KEY (brand_id, gtin)
);

-- What a scope itself has decided, {field: choice}.
CREATE FUNCTION trace.own_choices(of_brand bigint, of_gtin bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_object_agg(n.field, n.choice), '{}') FROM (
		SELECT DISTINCT ON (v.field) v.field, trace.choice_of(v.visible, v.form, v.inherits) AS choice
		FROM trace.visibility AS v
		WHERE v.brand_id = of_brand AND v.gtin = of_gtin
		ORDER BY v.field, v.id DESC) AS n
$$;
-- The choice of a field about which a scope has said nothing.
CREATE FUNCTION trace.silent_choice(of_gtin bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE of_gtin WHEN 0 THEN 'hide' ELSE 'inherit' END
$$;

-- One decision of a scope, with all that must happen at once: written down, everything but what is shown as
-- it is denied on reading until the documents are made anew, readers told, a version kept. A product's name
-- is also denied where the product went into: there, inputs go as a whole meanwhile. Gives the version.
CREATE FUNCTION trace.decide(of_brand bigint, of_gtin bigint, choices jsonb, how text,
	back_to integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	before jsonb;
	last integer;
BEGIN
	PERFORM pg_advisory_xact_lock('trace.visibility'::regclass::oid::integer, of_brand::integer);
	before := trace.own_choices(of_brand, of_gtin);
	SELECT max(v.number) INTO last FROM trace.field_version AS v
	WHERE v.brand_id = of_brand AND v.gtin = of_gtin;
	IF last IS NULL AND before <> '{}' THEN
		INSERT INTO trace.field_version (brand_id, gtin, number, choices, changes, how)
		VALUES (of_brand, of_gtin, 1, before, '{}', 'before');
		last := 1;
	END IF;

	WITH decided AS (
		INSERT INTO trace.visibility (brand_id, gtin, field, visible, form, inherits)
		SELECT of_brand, of_gtin, c.key, c.value NOT IN ('hide', 'inherit'),
			CASE WHEN c.value IN ('hide', 'inherit', 'show') THEN '' ELSE c.value END, c.value = 'inherit'
		FROM jsonb_each_text(choices) AS c
		RETURNING id, brand_id, gtin, field, visible, form
	), restricted AS (
		SELECT * FROM decided WHERE NOT visible OR form <> ''
	), denied AS (
		SELECT brand_id, gtin, field, id FROM restricted
		UNION ALL
		SELECT d.brand_id, i.gtin, 'input.name', d.id
		FROM restricted AS d
		JOIN trace.lot_input AS i ON i.brand_id = d.brand_id AND i.input_gtin IS NOT NULL
			AND d.gtin IN (0, i.input_gtin)
		WHERE d.field = 'product.name'
	)
	INSERT INTO pub.hide AS h (brand_id, gtin, field, decision)
	SELECT brand_id, gtin, field, max(id) FROM denied GROUP BY brand_id, gtin, field
	ON CONFLICT (brand_id, gtin, field) DO UPDATE SET decision = greatest(h.decision, EXCLUDED.decision);

	INSERT INTO trace.field_version (brand_id, gtin, number, choices, changes, how, back_to)
	SELECT of_brand, of_gtin, coalesce(last, 0) + 1, before || decide.choices,
		(SELECT coalesce(jsonb_object_agg(c.key, jsonb_build_array(
				coalesce(before ->> c.key, trace.silent_choice(of_gtin)), c.value)), '{}')
			FROM jsonb_each_text(decide.choices) AS c
			WHERE c.value <> coalesce(before ->> c.key, trace.silent_choice(of_gtin))),
		decide.how, decide.back_to;
	PERFORM CASE of_gtin WHEN 0 THEN pub.touch_brand(of_brand)
		ELSE pub.touch(trace.with_products_made_of(ARRAY[of_gtin])) END;
	RETURN coalesce(last, 0) + 1;
END $$;

-- Which choices differ from what the scope has decided.
CREATE FUNCTION trace.choices_that_change(of_brand bigint, of_gtin bigint, choices jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_object_agg(c.key, c.value), '{}')
	FROM jsonb_each_text(choices) AS c
	WHERE c.value <> coalesce(trace.own_choices(of_brand, of_gtin) ->> c.key, trace.silent_choice(of_gtin))
$$;

-- The rules of law anew. What must stay secret from now on and was shown is decided to be hidden, so that it is
-- gone at once and the history says why. Gives the brands and GTINs whose documents are behind.
CREATE FUNCTION trace.set_law(rules jsonb) RETURNS TABLE (brand_id bigint, gtin bigint)
LANGUAGE plpgsql AS $$
DECLARE
	s record;
BEGIN
	LOCK TABLE trace.law IN EXCLUSIVE MODE;
	DELETE FROM trace.law;
	INSERT INTO trace.law (name, field, must, categories, reason, source)
	SELECT r.name, r.field, r.must, r.categories, r.reason, r.source
	FROM jsonb_to_recordset(rules) AS r(name text, field text, must text, categories text[], reason jsonb,
		source text);
	FOR s IN
		SELECT o.brand_id AS of_brand, o.gtin AS of_gtin, jsonb_object_agg(l.field, 'hide') AS choices
		FROM (SELECT g.brand_id, g.gtin::bigint FROM trace.gtin_owner AS g
			UNION ALL SELECT b.id, 0 FROM trace.brand AS b) AS o(brand_id, gtin)
		CROSS JOIN LATERAL trace.law_of(o.brand_id, o.gtin) AS l
		WHERE l.must = 'secret' AND coalesce(trace.own_choices(o.brand_id, o.gtin) ->> l.field,
			CASE WHEN o.gtin = 0 OR l.categories = '{}' THEN 'hide'
				ELSE coalesce(trace.own_choices(o.brand_id, 0) ->> l.field, 'hide') END)
			NOT IN ('hide', 'inherit')
		GROUP BY o.brand_id, o.gtin
		ORDER BY o.brand_id, o.gtin
	LOOP
		PERFORM trace.decide(s.of_brand, s.of_gtin, s.choices, 'law');
		brand_id := s.of_brand;
		gtin := s.of_gtin;
		RETURN NEXT;
	END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION trace.set_law FROM PUBLIC, suyuan_console, suyuan_jobs;

-- --- what the console asks: the scope is a product of the session's brand, or the brand (0) ---

-- Refuses a product that is not the session's brand's, as one that there is not.
CREATE FUNCTION trace.fields_scope(of_gtin bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF of_gtin <> 0 AND NOT EXISTS (SELECT FROM trace.gtin_owner AS o
			WHERE o.gtin = of_gtin AND o.brand_id = base.session_brand()) THEN
		PERFORM code.refuse(404, 'There is no such product.', json_build_object('member', 'gtin'));
	END IF;
	RETURN base.session_brand();
END $$;

CREATE FUNCTION trace.utc_text(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- The brand's clock, where nobody says another: that of where it makes its goods.
CREATE FUNCTION trace.fields_zone(of_brand bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT f.time_zone FROM trace.facility_now AS f WHERE f.brand_id = of_brand
		ORDER BY f.time_zone = 'UTC', f.id LIMIT 1), 'UTC')
$$;

-- The newest lot that has a document of its own, of the product or of all of the brand's.
CREATE FUNCTION trace.newest_lot(of_brand bigint, of_gtin bigint, OUT gtin bigint, OUT lot text)
LANGUAGE sql STABLE AS $$
	SELECT l.gtin, l.lot FROM trace.lot AS l
	WHERE l.brand_id = of_brand AND of_gtin IN (0, l.gtin) AND l.replaces IS NULL
	ORDER BY l.id DESC LIMIT 1
$$;

-- Everything the page of a scope says; `all_shown` ({field: "show"}, every field) is what the values of the
-- example are shown by.
CREATE FUNCTION trace.fields_document(of_gtin bigint, all_shown jsonb) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
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
		'products', (SELECT coalesce(json_agg(json_build_object('gtin', lpad(o.gtin::text, 14, '0'), 'name', p.name,
				'own', (SELECT count(*) FROM jsonb_each_text(trace.own_choices(b, o.gtin)) AS c
					WHERE c.value <> 'inherit')) ORDER BY o.gtin), '[]')
			FROM (SELECT g.gtin::bigint FROM trace.gtin_owner AS g WHERE g.brand_id = b AND of_gtin = 0
				ORDER BY g.gtin LIMIT 500) AS o
			LEFT JOIN trace.product_now AS p ON p.gtin = o.gtin AND p.brand_id = b));
END $$;

-- The scope's draft, held to the end of the transaction; refuses who saw an older one. seen NULL: whichever.
CREATE FUNCTION trace.hold_draft(of_gtin bigint, seen integer) RETURNS trace.field_draft
LANGUAGE plpgsql AS $$
DECLARE
	b bigint := trace.fields_scope(of_gtin);
	d trace.field_draft;
BEGIN
	INSERT INTO trace.field_draft (brand_id, gtin, version, choices) VALUES (b, of_gtin, 0, '{}')
		ON CONFLICT DO NOTHING;
	SELECT * INTO d FROM trace.field_draft AS o WHERE o.brand_id = b AND o.gtin = of_gtin FOR UPDATE;
	IF d.version <> seen THEN
		PERFORM code.refuse(409, format('The draft was changed meanwhile by %s at %s: look at it and save again.',
			d.changed_by, trace.utc_text(d.changed_at)), json_build_object('member', 'version',
			'code', 'draft_changed', 'version', d.version, 'changed_by', d.changed_by,
			'changed_at', trace.utc_text(d.changed_at)));
	END IF;
	RETURN d;
END $$;

-- Saves all choices of a scope that differ from what is public.
CREATE FUNCTION trace.save_draft(of_gtin bigint, seen integer, wanted jsonb) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	d trace.field_draft := trace.hold_draft(of_gtin, seen);
	kept jsonb := trace.choices_that_change(d.brand_id, of_gtin, wanted);
	c record;
BEGIN
	FOR c IN SELECT key, value FROM jsonb_each_text(kept) ORDER BY key LOOP
		PERFORM trace.obey_law(d.brand_id, of_gtin, c.key, c.value);
	END LOOP;
	UPDATE trace.field_draft AS o SET choices = kept, version = d.version + 1, changed_at = now(),
		changed_by = base.session_by()
	WHERE o.brand_id = d.brand_id AND o.gtin = of_gtin;
	RETURN json_build_object('version', d.version + 1, 'choices', kept);
END $$;

-- So many lots are made anew while who publishes waits.
CREATE FUNCTION trace.at_once_most() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 1000::bigint $$;

-- The job that makes a scope's documents anew; where there are few, whoever asked does it first, and the job is
-- there in case he cannot.
CREATE FUNCTION trace.order_projection(of_brand bigint, of_gtin bigint, number integer) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	lots bigint := trace.scope_lots(of_brand, of_gtin, 1000000000);
	at_once boolean := lots <= trace.at_once_most();
	made bigint;
BEGIN
	INSERT INTO job.job (brand_id, gtin, kind, arguments, total, turn_at)
	VALUES (of_brand, nullif(of_gtin, 0), 'project', jsonb_build_object('gtin', of_gtin),
		lots + cardinality(trace.scope_gtins(of_brand, of_gtin)),
		now() + CASE WHEN at_once THEN interval '5 seconds' ELSE interval '0' END)
	RETURNING id INTO made;
	RETURN json_build_object('version', number, 'at_once', at_once, 'job', made::text);
END $$;

CREATE FUNCTION trace.publish_draft(of_gtin bigint, seen integer) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	d trace.field_draft := trace.hold_draft(of_gtin, seen);
	changed jsonb := trace.choices_that_change(d.brand_id, of_gtin, d.choices);
	number integer;
BEGIN
	IF changed = '{}' THEN
		PERFORM code.refuse(409, 'There is nothing to publish: the draft is what is public.',
			json_build_object('member', 'version', 'code', 'nothing_to_publish'));
	END IF;
	number := trace.decide(d.brand_id, of_gtin, changed, 'publish');
	UPDATE trace.field_draft AS o SET choices = '{}', version = d.version + 1, changed_at = now(),
		changed_by = base.session_by()
	WHERE o.brand_id = d.brand_id AND o.gtin = of_gtin;
	RETURN trace.order_projection(d.brand_id, of_gtin, number);
END $$;

CREATE FUNCTION trace.roll_back_fields(of_gtin bigint, to_number integer) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
	b bigint := trace.fields_scope(of_gtin);
	then_own jsonb;
	changed jsonb;
BEGIN
	SELECT v.choices INTO then_own FROM trace.field_version AS v
	WHERE v.brand_id = b AND v.gtin = of_gtin AND v.number = to_number;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such version.', json_build_object('member', 'number'));
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

-- The documents of what order_projection() said, in a transaction of their own; then the job is not needed.
CREATE FUNCTION trace.project_at_once(of_gtin bigint, of_job bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM trace.project_scope(trace.fields_scope(of_gtin), of_gtin);
	UPDATE job.job AS j SET state = 'done', done = j.total, ended_at = now()
	WHERE j.id = of_job AND j.kind = 'project' AND j.state = 'waiting';
END $$;
GRANT UPDATE (done) ON job.job TO suyuan_console;

-- Publishes the draft at a time of a place's clock; the draft is empty then, for what was scheduled is fixed.
CREATE FUNCTION trace.schedule_draft(of_gtin bigint, seen integer, clock text, zone text) RETURNS json
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
		PERFORM code.refuse(429, 'Too much is scheduled: at most 100.', json_build_object('limit', 100));
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

CREATE FUNCTION trace.unschedule_fields(of_job bigint) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM job.job AS j WHERE j.id = of_job AND j.brand_id = base.session_brand()
			AND j.kind = 'publish') THEN
		PERFORM code.refuse(404, 'Nothing is scheduled under this id.', json_build_object('member', 'id'));
	END IF;
	RETURN json_build_object('state', job.cancel(of_job));
END $$;

-- What a job of kind "publish" decides, once, in the name of who scheduled it. Gives the scope.
CREATE FUNCTION trace.publish_scheduled(of_job bigint, OUT brand_id bigint, OUT gtin bigint)
LANGUAGE plpgsql AS $$
DECLARE
	o record;
	changed jsonb;
BEGIN
	SELECT j.brand_id, (j.arguments ->> 'gtin')::bigint AS gtin, j.kind, j.arguments INTO o
	FROM job.job AS j WHERE j.id = of_job;
	brand_id := o.brand_id;
	gtin := o.gtin;
	IF o.kind <> 'publish' THEN RETURN; END IF;
	PERFORM set_config('suyuan.by', coalesce(o.arguments ->> 'by', ''), true);
	changed := trace.choices_that_change(o.brand_id, o.gtin, o.arguments -> 'choices');
	IF changed <> '{}' THEN
		PERFORM trace.decide(o.brand_id, o.gtin, changed, 'schedule');
	END IF;
END $$;

-- What a customer would see of one item, were the draft of a scope ({field: choice}; NULL: the one saved)
-- public: the documents by the same functions that the projection writes from, and how the code stands. The item
-- is counter `of_counter` (NULL: the first code of the newest lot's newest batch).
CREATE FUNCTION trace.fields_preview(scope bigint, choices jsonb, of_item bigint, of_counter bigint)
RETURNS TABLE (gtin bigint, counter bigint, key_id bigint, serial_length bigint, state text, since text, reason text,
	brand text, product text, lot text, recall_reason text, recall_since text, link_stem text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	b bigint := trace.fields_scope(scope);
	chosen jsonb := coalesce(choices, (SELECT d.choices FROM trace.field_draft AS d
		WHERE d.brand_id = b AND d.gtin = scope), '{}');
	g bigint := of_item;
	l text := '';
BEGIN
	PERFORM trace.fields_scope(of_item);
	IF of_counter IS NULL THEN
		SELECT n.gtin, n.lot INTO g, l FROM trace.newest_lot(b, CASE of_item WHEN 0 THEN scope ELSE of_item END) AS n;
		g := coalesce(g, nullif(of_item, 0), nullif(scope, 0),
			(SELECT max(p.gtin) FROM trace.product AS p WHERE p.brand_id = b));
	END IF;
	RETURN QUERY
	WITH item AS (
		SELECT r.counters, r.state AS run_state, r.since AS run_since, t.lot AS batch_lot, t.key_id AS k,
			t.serial_length AS n, t.link_stem AS stem, coalesce(of_counter, lower(r.counters)) AS c
		FROM code.run AS r JOIN code.batch AS t ON t.id = r.batch_id
		WHERE r.gtin = g AND CASE WHEN of_counter IS NULL THEN coalesce(t.lot, '') = l
			ELSE r.counters @> of_counter END
		ORDER BY t.made_at DESC, lower(r.counters) LIMIT 1
	), whole AS (
		SELECT coalesce(nullif(i.batch_lot, ''), l, '') AS of_lot, i.* FROM (SELECT 1) AS one
		LEFT JOIN item AS i ON true
	)
	SELECT g, w.c, w.k::bigint, w.n::bigint, coalesce(s.state, w.run_state::text),
		to_char(coalesce(s.since, w.run_since) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), s.reason::text,
		(SELECT p.document::text FROM pub.brand AS p WHERE p.brand_id = b),
		(SELECT (d.body || jsonb_build_object('gtin', lpad(g::text, 14, '0'),
				'updated', base.local_time(now(), 'UTC')))::text
			FROM trace.product_documents(ARRAY[g], scope, chosen) AS d WHERE d.body <> '{}'),
		(SELECT (d.body || jsonb_build_object('updated', base.local_time(now(), 'UTC')))::text
			FROM trace.lot_documents(ARRAY[g], ARRAY[w.of_lot], scope, chosen) AS d
			WHERE w.of_lot <> '' AND d.body <> '{}'),
		a.reason::text, to_char(a.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), w.stem
	FROM whole AS w
	LEFT JOIN pub.item AS s ON s.gtin = g AND s.counter = w.c
	LEFT JOIN LATERAL (SELECT e.reason, e.started_at FROM pub.recall AS e
		WHERE e.gtin = g AND e.lot_handle IN ('', trace.lot_handle(g, w.of_lot))
		ORDER BY e.lot_handle = '', e.started_at LIMIT 1) AS a ON true
	WHERE g IS NOT NULL AND (of_counter IS NULL OR w.c IS NOT NULL);
END $$;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['field_version', 'field_draft']
	LOOP
		EXECUTE format('ALTER TABLE trace.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE trace.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON trace.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON trace.%I TO suyuan_console
			USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand())', t);
	END LOOP;
END $$;
GRANT SELECT, INSERT ON trace.field_version TO suyuan_console, suyuan_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON trace.field_draft TO suyuan_console, suyuan_jobs;
SELECT audit.watch('trace.field_draft');
SELECT audit.watch('trace.field_version', 'choices');
SELECT audit.watch('trace.law');
