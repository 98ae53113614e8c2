-- line_add: console, operator; $1 brand id, $2 name, $3 GTINs or NULL for all of the brand, $4 requests a minute or
-- NULL, $5 codes a day or NULL, $6 whether it may change links, or NULL, $7 id of its first key, $8 SHA-256 of the
-- secret in hexadecimal digits
SELECT code.line_add($1::bigint, $2::text, $3::text::bigint[], $4::text::integer, $5::text::bigint,
	$6::text::boolean, $7::text, decode($8::text, 'hex'))
