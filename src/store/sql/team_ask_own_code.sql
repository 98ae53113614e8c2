-- team_ask_own_code: console
SELECT c.totp, c.step FROM team.ask_own_code() AS c
