-- team_end_pass: console, operator; $1 "session" or "token", $2 id
SELECT team.end_pass($1::text, $2::text)
