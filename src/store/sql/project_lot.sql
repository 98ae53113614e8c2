-- project_lot: jobs, operator; $1 GTINs and $2 lots, pairwise
-- Writes pub.lot where it changed (migrations/0021_fields.sql). Gives the GTINs to touch.
SELECT changed, gtins FROM trace.write_lots($1::bigint[], $2::text[])
