-- policy_law: operator; $1 rules as JSON (model/law.h)
-- The rules of law from now on. Gives the scopes whose documents are behind.
SELECT brand_id, gtin FROM trace.set_law($1::jsonb)
