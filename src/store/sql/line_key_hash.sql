-- line_key_hash: console; $1 id of a line key
-- SHA-256 of its secret in hexadecimal digits; NULL where the key is not valid.
SELECT encode(code.line_key_hash($1::text), 'hex')
