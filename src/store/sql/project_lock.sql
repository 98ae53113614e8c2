-- project_lock: jobs, operator; $1 GTINs
-- First in every projecting transaction: whoever projects these GTINs later starts from a later
-- snapshot, so that an older policy can never be written over a newer one.
SELECT pub.lock_gtins($1::bigint[])
