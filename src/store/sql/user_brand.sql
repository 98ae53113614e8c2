-- user_brand: operator; $1 brand
-- The functions of schema team work for this one, to the end of the transaction.
SELECT set_config('suyuan.brand', $1::bigint::text, true)
