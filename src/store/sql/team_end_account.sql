-- team_end_account: console, operator; $1 account
SELECT team.end_account($1::bigint)
