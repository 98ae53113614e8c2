-- gtin_brand: console, jobs, operator; $1 GTIN
SELECT brand_id FROM trace.gtin_owner WHERE gtin = $1::bigint
