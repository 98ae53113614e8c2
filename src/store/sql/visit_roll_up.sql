-- visit_roll_up: jobs; $1 how many looks, $2 seconds between two visits of one visitor
-- Counts what came in: how many looks were taken (whole rows of the inbox: it may be some more), NULL while another process is at it.
SELECT inbox.roll_up($1::integer, $2::bigint * interval '1 second')
