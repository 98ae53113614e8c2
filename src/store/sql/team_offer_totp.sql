-- team_offer_totp: console; $1 secret, sealed (hex)
SELECT team.offer_totp(decode($1::text, 'hex'))
