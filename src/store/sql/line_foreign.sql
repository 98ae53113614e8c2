-- line_foreign: operator; $1 brand id, $2 GTINs
-- Those that are not the brand's.
SELECT lpad(gtin::text, 14, '0') FROM unnest($2::bigint[]) AS asked (gtin)
WHERE NOT EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = asked.gtin AND o.brand_id = $1::bigint)
ORDER BY gtin
