-- team_ask_code: console; $1 ticket, $2 its SHA-256 (hex)
SELECT c.totp, c.step FROM team.ask_code($1::text, decode($2::text, 'hex')) AS c
