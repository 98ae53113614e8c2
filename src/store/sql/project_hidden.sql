-- project_hidden: jobs, operator; $1 GTINs
-- The hide list as far as these GTINs cover it, for project_unhide when their documents are clean.
SELECT trace.hidden_of($1::bigint[])
