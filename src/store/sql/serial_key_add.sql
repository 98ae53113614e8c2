-- serial_key_add: operator; $1 key id, $2 wrapped key
WITH private AS (
	INSERT INTO code.serial_key (key_id, wrapped, current)
	VALUES ($1, $2, true)
	RETURNING key_id, wrapped
)
INSERT INTO pub.serial_key (key_id, wrapped)
SELECT key_id, wrapped FROM private
