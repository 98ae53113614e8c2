-- policy_choose: operator; $1 brand id, $2 GTIN or 0 for the brand, $3 {field: choice}, $4 how
-- Written down, denied where less is shown, told (trace.decide).
SELECT trace.decide($1::bigint, $2::bigint, $3::jsonb, $4::text)
