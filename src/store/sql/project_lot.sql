-- project_lot: jobs, operator; $1 GTINs and $2 lots, pairwise
-- Writes pub.lot (src/page/document.h) where it changed, from what is visible and nothing else; a
-- lot of which nothing is visible has no document. Gives the GTINs to touch. The order of
-- entries follows only what is visible: failed inspections come first where verdicts are; inputs and
-- documents stand as first recorded, for a correction of what is private must not move them. No array
-- has more than 500 entries, so that no lot can make a document nobody could load.
WITH shown AS MATERIALIZED (
	SELECT o.gtin::bigint AS gtin, o.brand_id, trace.visible(o.brand_id, o.gtin) AS f
	FROM trace.gtin_owner AS o
	WHERE o.gtin = ANY ($1::bigint[])
), doc AS MATERIALIZED (
	SELECT w.gtin, trace.lot_handle(w.gtin, w.lot) AS lot_handle, jsonb_strip_nulls(jsonb_build_object(
		'lot', CASE WHEN 'lot.number' = ANY (f) THEN l.lot::text END,
		'produced_on', CASE WHEN 'lot.produced_on' = ANY (f)
			THEN to_char(l.produced_on, 'YYYY-MM-DD') END,
		'best_before', CASE WHEN 'lot.best_before' = ANY (f)
			THEN to_char(l.best_before, 'YYYY-MM-DD') END,
		'facility', CASE WHEN 'lot.facility' = ANY (f) THEN nullif(place.name::jsonb, '{}') END,
		'country', CASE WHEN 'lot.country' = ANY (f) THEN place.country END,
		'place', CASE WHEN 'lot.place' = ANY (f) THEN nullif(place.place::jsonb, '{}') END,
		'quantity', CASE WHEN 'lot.quantity' = ANY (f) AND l.quantity IS NOT NULL
			THEN jsonb_build_object('value', l.quantity::text, 'unit', l.unit) END,
		'materials', materials.list,
		'inputs', inputs.list,
		'steps', steps.list,
		'inspections', inspections.list,
		'documents', documents.list)) AS body
	FROM unnest($1::bigint[], $2::text[]) AS w(gtin, lot)
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
			'supplier', CASE WHEN 'material.supplier' = ANY (f)
				THEN nullif(s.name::jsonb, '{}') END)) ORDER BY m.position) AS list
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
			'supplier', CASE WHEN 'input.supplier' = ANY (f) THEN nullif(s.name::jsonb, '{}') END,
			'lot', CASE WHEN 'input.lot' = ANY (f) THEN nullif(i.input_lot, '') END,
			'quantity', CASE WHEN 'input.quantity' = ANY (f)
				THEN jsonb_build_object('value', i.quantity::text, 'unit', i.unit) END,
			'received_on', CASE WHEN 'input.received_on' = ANY (f)
				THEN to_char(ml.received_on, 'YYYY-MM-DD') END)) ORDER BY i.first_id) AS list
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
			AND 'product.name' = ANY (trace.visible(i.brand_id, i.input_gtin))
		WHERE coalesce(ml.name, p.name) IS NOT NULL) AS inputs
	CROSS JOIN LATERAL (
		SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
			'name', t.name,
			'time', CASE WHEN 'step.time' = ANY (f) THEN nullif(jsonb_strip_nulls(jsonb_build_object(
				'from', base.local_time(t.started_at, coalesce(sp.time_zone, place.time_zone, 'UTC')),
				'to', base.local_time(t.ended_at, coalesce(sp.time_zone, place.time_zone, 'UTC'))
				)), '{}') END,
			'place', CASE WHEN 'step.place' = ANY (f) THEN nullif(sp.place::jsonb, '{}') END,
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
					END END,
				'limits', CASE WHEN 'inspection.limits' = ANY (f)
					AND coalesce(n.lower_limit, n.upper_limit) IS NOT NULL
					THEN jsonb_build_object('lower', n.lower_limit::text, 'upper', n.upper_limit::text,
						'unit', nullif(n.unit, '')) END,
				'verdict', CASE WHEN 'inspection.verdict' = ANY (f) THEN n.verdict END,
				'time', CASE WHEN 'inspection.time' = ANY (f)
					THEN base.local_time(n.measured_at,
						coalesce(np.time_zone, place.time_zone, 'UTC')) END,
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
				CASE WHEN 'inspection.verdict' = ANY (f) THEN CASE n.verdict
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
			'issued_on', CASE WHEN 'document.issued_on' = ANY (f)
				THEN to_char(d.issued_on, 'YYYY-MM-DD') END,
			'sha256', CASE WHEN 'document.digest' = ANY (f) THEN encode(d.sha256, 'hex') END))
			ORDER BY d.first_id) AS list
		FROM (SELECT a.*, o.id AS first_id FROM trace.document_now AS a
			JOIN trace.document AS o ON o.brand_id = a.brand_id AND o.record_key = a.record_key
				AND o.replaces IS NULL
			WHERE a.gtin = l.gtin AND a.brand_id = l.brand_id AND a.lot = l.lot
				AND 'document.title' = ANY (f)
			ORDER BY o.id LIMIT 500) AS d) AS documents
), written AS (
	INSERT INTO pub.lot AS old (gtin, lot_handle, document)
	SELECT gtin, lot_handle, body || jsonb_build_object('updated', base.local_time(now(), 'UTC'))
	FROM doc
	WHERE body <> '{}'
	ON CONFLICT (gtin, lot_handle) DO UPDATE SET document = EXCLUDED.document
	WHERE old.document - 'updated' <> EXCLUDED.document - 'updated'
	RETURNING gtin
), gone AS (
	DELETE FROM pub.lot AS old USING doc
	WHERE old.gtin = doc.gtin AND old.lot_handle = doc.lot_handle AND doc.body = '{}'
	RETURNING old.gtin
), changed AS (
	SELECT gtin FROM written UNION ALL SELECT gtin FROM gone
)
SELECT count(*), coalesce(array_agg(DISTINCT gtin), '{}') FROM changed
