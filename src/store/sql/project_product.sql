-- project_product: jobs, operator; $1 GTINs
-- Writes pub.product and pub.photo where they changed (migrations/0021_fields.sql). Gives the GTINs to touch.
SELECT changed, gtins FROM trace.write_products($1::bigint[])
