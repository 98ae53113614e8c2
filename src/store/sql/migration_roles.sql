-- migration_roles: operator
-- Why this cluster or this connection is not ready for the migrations; no row: it is.
SELECT format('the database role %s does not exist; make suyuan_owner, suyuan_public, suyuan_console'
	' and suyuan_jobs first', role)
FROM unnest(ARRAY['suyuan_owner', 'suyuan_public', 'suyuan_console', 'suyuan_jobs']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
UNION ALL
SELECT format('migrations are for suyuan_owner to run, not for %s: row security lets only that role and'
	' the jobs see every brand', current_user)
WHERE current_user <> 'suyuan_owner'
