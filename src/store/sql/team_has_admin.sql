-- team_has_admin: console
-- 1 where the console has an administrator, else 0.
SELECT team.has_admin()::integer::bigint
