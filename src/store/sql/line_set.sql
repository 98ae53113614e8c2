-- line_set: operator; $1 line id, $2 GTINs, $3 whether every GTIN of the brand, $4 requests a minute or NULL,
-- $5 codes a day or NULL, $6 whether it may change links, or NULL
-- What is NULL stays as it is.
UPDATE code.line SET
	gtins = CASE WHEN $3::boolean THEN NULL ELSE coalesce($2::bigint[], gtins) END,
	requests_per_minute = coalesce($4::integer, requests_per_minute),
	codes_per_day = coalesce($5::bigint, codes_per_day),
	may_link = coalesce($6::boolean, may_link)
WHERE id = $1::bigint
