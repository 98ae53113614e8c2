-- lookup_start: lookup
-- Which database this is, and where the feed of changes begins.
SELECT
	replace(i.id::text, '-', '') AS instance,
	pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS watermark
FROM pub.instance AS i
