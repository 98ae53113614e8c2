-- line_key_end: operator; $1 line id, $2 hours
-- The line's keys end then, if they do not before.
UPDATE code.line_key SET expires_at = least(expires_at, now() + make_interval(hours => $2::integer))
WHERE line_id = $1::bigint AND revoked_at IS NULL
