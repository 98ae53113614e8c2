-- migration_table: operator
-- Whether any migration was ever applied: the first one makes the table.
SELECT to_regclass('base.migration') IS NOT NULL
