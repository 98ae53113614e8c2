-- recall_start: console, jobs, operator; $1 GTIN, $2 lot or '' for every lot, $3 reason, $4 evidence
WITH started AS (
	INSERT INTO trace.recall (brand_id, gtin, lot, reason, evidence)
	SELECT brand_id, gtin, $2, $3::jsonb, $4 FROM trace.gtin_owner WHERE gtin = $1::bigint
	RETURNING gtin, lot, started_at, reason
)
INSERT INTO pub.recall (gtin, lot_handle, started_at, reason)
SELECT gtin, trace.lot_handle(gtin, lot), started_at, reason FROM started
RETURNING gtin
