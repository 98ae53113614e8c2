-- batch_ready: console, jobs, operator; $1 GTIN
-- Who owns the GTIN and which key makes new codes; each NULL where there is none.
SELECT (SELECT brand_id FROM trace.gtin_owner WHERE gtin = $1::bigint),
	(SELECT key_id FROM code.serial_key WHERE current)
