-- visit_forget: jobs; $1 days of rows nobody counted, $2 hours of who looked, $3 days of sums
-- Removes what is older.
SELECT scans, visitors, keys, checks FROM inbox.forget($1::integer, $2::integer, $3::integer)
