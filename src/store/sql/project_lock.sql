-- project_lock: jobs, operator; $1 GTINs
-- First in every projecting transaction: whoever projects for the same brand later starts from a later
-- snapshot, so that an older policy can never be written over a newer one.
SELECT pub.lock_documents($1::bigint[])
