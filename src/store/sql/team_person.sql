-- team_person: console, operator; $1 account
-- No row where there is nobody with this id.
SELECT d::text FROM team.person_shown($1::bigint) AS d WHERE d IS NOT NULL
