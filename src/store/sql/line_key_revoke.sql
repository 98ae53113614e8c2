-- line_key_revoke: operator; $1 line id, or 0; $2 key id, or NULL
-- At once; how many that were.
WITH gone AS (
	UPDATE code.line_key SET revoked_at = now()
	WHERE revoked_at IS NULL AND (line_id = $1::bigint OR id = $2)
	RETURNING id
)
SELECT count(*) FROM gone
