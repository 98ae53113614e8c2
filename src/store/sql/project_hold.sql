-- project_hold: jobs, operator; $1 brand id, or 0 for every brand
-- First in the transaction of project_brand, as a statement of its own: that one reads what is committed when the
-- brand's row is held, not what was before it waited.
SELECT trace.hold_brand($1::bigint)
