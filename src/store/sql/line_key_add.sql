-- line_key_add: operator; $1 line id, $2 key id, $3 SHA-256 of the secret in hexadecimal digits
INSERT INTO code.line_key (id, brand_id, line_id, sha256)
SELECT $2, brand_id, id, decode($3, 'hex') FROM code.line WHERE id = $1::bigint
