-- user_token: operator; $1 account, $2 id and $3 SHA-256 (hex) of the token, $4 label, $5 days
-- When it ends.
SELECT team.make_token($2, decode($3, 'hex'), $4, $5::integer)
FROM (SELECT set_config('suyuan.account', $1::bigint::text, true)) AS session(account) WHERE account <> ''
