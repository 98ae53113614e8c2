-- team_people: console, operator
SELECT team.people_shown()::text
