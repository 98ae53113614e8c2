-- line_key_make: console, operator; $1 line id, $2 key id, $3 SHA-256 of the secret in hexadecimal digits, $4 hours
-- that older keys stay valid, NULL: as long as before
-- The line's name.
SELECT code.line_key_make($1::bigint, $2::text, decode($3::text, 'hex'), $4::text::integer)
