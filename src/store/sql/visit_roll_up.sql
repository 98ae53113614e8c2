-- visit_roll_up: jobs; $1 rows at most, $2 seconds between two visits of one visitor
-- Counts what came in: how many rows were taken, NULL while another process is at it.
SELECT inbox.roll_up($1::integer, $2::bigint * interval '1 second')
