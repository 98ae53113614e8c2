-- page_batches: console; $1 the last id of the page before, or NULL
SELECT b.id::text, lpad(b.gtin::text, 14, '0'), coalesce(b.lot, ''), b.quantity::text,
	to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
FROM code.batch AS b
WHERE code.line_sees(b.gtin) AND ($1::text IS NULL OR (b.made_at, b.id) <
	(SELECT c.made_at, c.id FROM code.batch AS c WHERE c.id = $1::text::uuid))
ORDER BY b.made_at DESC, b.id DESC
LIMIT 51
