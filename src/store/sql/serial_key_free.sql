-- serial_key_free: operator
-- The lowest key id not in use; no row when all 32 are.
SELECT id
FROM generate_series(0, 31) AS id
WHERE NOT EXISTS (SELECT FROM code.serial_key WHERE key_id = id)
ORDER BY id
LIMIT 1
