-- team_unlock: console, operator; $1 account, $2 not 0: its second factor is turned off, too
SELECT team.unlock($1::bigint, $2::bigint <> 0)
