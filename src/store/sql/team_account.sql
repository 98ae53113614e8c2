-- team_account: console; $1 id of the session or token that asks
SELECT team.account_shown($1::text)::text
