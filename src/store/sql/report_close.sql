-- report_close: operator; $1 reference, $2 what was found
UPDATE trace.report SET closed_at = coalesce(closed_at, now()), closed_by = session_user, closing_note = $2
WHERE reference = upper($1)
RETURNING id
