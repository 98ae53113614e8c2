-- team_offered_totp: console
SELECT o.totp, o.name FROM team.offered_totp() AS o
