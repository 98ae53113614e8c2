-- console_keys: console
-- The wrapped serial keys, to read what is printed.
SELECT k.key_id::bigint, k.wrapped FROM code.serial_key AS k ORDER BY k.key_id
