-- team_ask_password: console; $1 name, $2 address, $3 id and $4 SHA-256 (hex) of a session that the browser had, or empty
SELECT p.account_id, p.password
FROM team.ask_password($1::text, $2::text::inet, nullif($3::text, ''), decode(nullif($4::text, ''), 'hex')) AS p
