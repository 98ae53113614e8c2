-- report_show: operator; $1 reference
-- The same columns as report_list, and the photo.
SELECT r.reference, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), b.slug,
	lpad(r.gtin::text, 14, '0'), r.serial, r.place, r.note, r.photo IS NOT NULL, r.photo_width, r.photo_height,
	coalesce(r.photo_note, ''), coalesce(to_char(r.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
	coalesce(r.closed_by, ''), r.closing_note, r.photo
FROM trace.report AS r JOIN trace.brand AS b ON b.id = r.brand_id
WHERE r.reference = upper($1)
ORDER BY r.id
