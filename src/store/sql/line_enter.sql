-- line_enter: console; $1 id of a line key, $2 SHA-256 of its secret in hexadecimal digits
-- Whose key it is, with one request of the line's rate taken; refuses what is no valid key.
SELECT e.line_id, e.brand_id, e.name, e.rate, e.remaining, e.quota, e.quota_left, e.quota_seconds
FROM code.enter_line($1::text, decode($2::text, 'hex')) AS e
