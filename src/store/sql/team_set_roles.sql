-- team_set_roles: console, operator; $1 account, $2 roles {…}
SELECT team.set_roles($1::bigint, $2::text::text[])
