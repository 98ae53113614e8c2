-- report_list: operator; $1 slug of a brand, or NULL, $2 whether closed ones are listed, too
SELECT r.reference, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), b.slug,
	lpad(r.gtin::text, 14, '0'), r.serial, r.place, r.note, r.photo IS NOT NULL, r.photo_width, r.photo_height,
	coalesce(r.photo_note, ''), coalesce(to_char(r.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
	coalesce(r.closed_by, ''), r.closing_note
FROM trace.report AS r JOIN trace.brand AS b ON b.id = r.brand_id
WHERE ($1::text IS NULL OR b.slug = $1) AND ($2::boolean OR r.closed_at IS NULL)
ORDER BY r.at, r.id
