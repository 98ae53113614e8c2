-- policy_law: operator; $1 rules as JSON (model/law.h), $2 name of their file, $3 what stands in it
-- The rules of law from now on. Gives the scopes whose documents are behind.
SELECT brand_id, gtin FROM trace.take_law($1::jsonb, $2::text, $3::text)
