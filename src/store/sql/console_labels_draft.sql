-- console_labels_draft: console; $1 design id, $2 document (JSON)
-- What the asking person has tried, for the preview; no row: there is no such design.
INSERT INTO code.label_draft AS t (design_id, brand_id, document)
SELECT d.id, d.brand_id, $2::text::jsonb FROM code.label_design AS d
WHERE d.id = $1::text::uuid AND d.ended_at IS NULL
ON CONFLICT (design_id, hand) DO UPDATE SET document = EXCLUDED.document, at = now()
RETURNING t.design_id::text
