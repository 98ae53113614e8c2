-- serial_key_rewrap: operator; $1 key id, $2 wrapped key
-- Both copies; the lookup workers read the new one as they read a new key.
WITH private AS (
	UPDATE code.serial_key SET wrapped = $2 WHERE key_id = $1
	RETURNING key_id, wrapped
)
UPDATE pub.serial_key AS p SET wrapped = private.wrapped, tx = pg_current_xact_id()
FROM private WHERE p.key_id = private.key_id
