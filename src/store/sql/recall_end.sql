-- recall_end: console, jobs, operator; $1 GTIN, $2 lot or ''
WITH ended AS (
	UPDATE trace.recall SET ended_at = now()
	WHERE gtin = $1::bigint AND lot = $2 AND ended_at IS NULL
	RETURNING gtin, lot
), gone AS (
	DELETE FROM pub.recall AS p USING ended AS e
	WHERE p.gtin = e.gtin AND p.lot_handle = trace.lot_handle(e.gtin, e.lot)
)
SELECT gtin FROM ended
