-- team_set_own_password: console; $1 hash that was verified, $2 the new one, $3 id of the session that stays
SELECT team.set_own_password($1::text, $2::text, $3::text)
