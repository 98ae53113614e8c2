-- migration_roles: operator
-- The roles that the grants need and the cluster does not have.
SELECT role
FROM unnest(ARRAY['suyuan_owner', 'suyuan_public', 'suyuan_console', 'suyuan_jobs']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
