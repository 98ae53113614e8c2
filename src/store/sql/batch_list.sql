-- batch_list: console, jobs, operator; $1 GTIN, or 0 for all
SELECT b.id, lpad(b.gtin::text, 14, '0'), coalesce(b.lot, ''), b.quantity, b.first,
	to_char(b.made_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), b.made_by
FROM code.batch AS b
WHERE $1::bigint IN (0, b.gtin)
ORDER BY b.made_at, b.id
