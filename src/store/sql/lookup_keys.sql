-- lookup_keys: lookup; $1 watermark
-- The wrapped serial keys added since a snapshot.
SELECT
	k.key_id::bigint,
	k.wrapped
FROM pub.serial_key AS k
WHERE k.tx >= $1::bigint::text::xid8
