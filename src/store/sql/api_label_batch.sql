-- api_label_batch: console; $1 batch id, $2 design id or NULL
-- What decides how large a code of the batch is, what its labels say, and the design with its version pinned (NULL:
-- there is none of this id); no row: no batch that this line may see.
SELECT b.gtin, b.serial_length::bigint, b.link_stem, b.product, coalesce(b.lot, ''),
	coalesce(b.produced_on::text, ''), coalesce(b.best_before::text, ''),
	(SELECT (v.document || jsonb_build_object('design', coalesce(v.document -> 'design', '{}') || jsonb_build_object(
			'id', d.id, 'name', d.name, 'version', v.version)))::text
		FROM code.label_design AS d, code.design_now(d.id) AS v
		WHERE d.id = $2::text::uuid AND d.ended_at IS NULL)
FROM code.batch AS b WHERE b.id = $1::text::uuid AND code.line_sees(b.gtin)
