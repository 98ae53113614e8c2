-- line_set: console, operator; $1 line id, $2 GTINs, $3 whether every GTIN of the brand, $4 requests a minute or NULL,
-- $5 codes a day or NULL, $6 whether it may change links, or NULL
-- What is NULL stays as it is.
SELECT code.line_set($1::bigint, $2::text::bigint[], $3::text::boolean, $4::text::integer, $5::text::bigint,
	$6::text::boolean)
