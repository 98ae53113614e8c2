-- team_ask_code: console; $1 ticket, $2 its SHA-256 (hex)
-- What codes are verified with, the step used last, whose it is.
SELECT c.totp, c.step, c.account FROM team.ask_code($1::text, decode($2::text, 'hex')) AS c
