-- team_ask_password: console; $1 name, $2 address
SELECT p.account_id, p.password FROM team.ask_password($1::text, $2::text::inet) AS p
