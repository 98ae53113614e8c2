-- serial_key_retire: operator
-- New codes no longer use the current key; those that were made with it stay valid.
UPDATE code.serial_key SET current = false WHERE current
