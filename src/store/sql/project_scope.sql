-- project_scope: jobs, operator; $1 GTINs
-- Those whose documents say something of these: themselves, and what they went into.
SELECT unnest(trace.with_products_made_of($1::bigint[]))
