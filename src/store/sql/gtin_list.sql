-- gtin_list: jobs, operator; $1 brand id, or 0 for every brand
SELECT gtin FROM trace.gtin_owner WHERE $1::bigint IN (0, brand_id) ORDER BY gtin
