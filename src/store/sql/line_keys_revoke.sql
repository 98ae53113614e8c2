-- line_keys_revoke: console, operator; $1 line id, or 0; $2 key id, or NULL
-- At once; how many that were.
SELECT code.line_keys_revoke($1::bigint, $2::text)
