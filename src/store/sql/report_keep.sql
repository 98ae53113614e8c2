-- report_keep: jobs; $1 report, $2 its photo made small, or NULL, $3 width, $4 height, $5 why there is none
-- Out of the inbox and to the brand in one step; a report on a GTIN that nobody owns goes nowhere, nor does one that
-- was sent again: of the same number and words. Gives how many were kept, and how many were new.
WITH gone AS (
	DELETE FROM inbox.report WHERE id = $1::bigint
	RETURNING gtin, serial, reference, at, place, note
), new AS (
	SELECT g.* FROM gone AS g
	WHERE NOT EXISTS (
		SELECT FROM trace.report AS r
		WHERE r.reference = g.reference AND r.gtin = g.gtin AND r.serial = g.serial AND r.place = g.place
			AND r.note = g.note)
), kept AS (
	INSERT INTO trace.report (brand_id, gtin, serial, reference, at, place, note, photo, photo_width,
		photo_height, photo_note)
	SELECT o.brand_id, n.gtin, n.serial, n.reference, n.at, n.place, n.note, $2::bytea, $3::integer, $4::integer,
		$5::text
	FROM new AS n JOIN trace.gtin_owner AS o ON o.gtin = n.gtin
	RETURNING id
)
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM new)
