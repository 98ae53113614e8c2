-- line_add: operator; $1 brand id, $2 name, $3 GTINs or NULL for all of the brand, $4 requests a minute or
-- NULL, $5 codes a day or NULL, $6 whether it may change links, or NULL
INSERT INTO code.line (brand_id, name, gtins, requests_per_minute, codes_per_day, may_link)
SELECT $1::bigint, $2, $3::bigint[], coalesce($4::integer, 600), coalesce($5::bigint, 10000000000),
	coalesce($6::boolean, false)
RETURNING id
