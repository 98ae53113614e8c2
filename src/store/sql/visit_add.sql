-- visit_add: lookup; $1 ages in ms, $2 gtins, $3 serials, $4 lot handles, $5 visitors, $6 kinds, $7 countries, $8 times
-- What a lookup worker saw, into the inbox.
INSERT INTO inbox.scan (age, gtin, serial, lot_handle, visitor, kind, country, times)
VALUES ($1::integer[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::integer[])
