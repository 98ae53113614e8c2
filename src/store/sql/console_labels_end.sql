-- console_labels_end: console; $1 design id
-- Offered no longer; jobs that name it keep it. No row: there is no such design.
UPDATE code.label_design SET ended_at = now() WHERE id = $1::text::uuid AND ended_at IS NULL RETURNING id::text
