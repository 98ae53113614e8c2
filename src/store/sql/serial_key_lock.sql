-- serial_key_lock: operator
-- To the end of the transaction nobody takes in serials made elsewhere, which were checked with other keys.
SELECT code.lock_serial_keys(true)
