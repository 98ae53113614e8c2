-- report_add: lookup; $1 reference, $2 GTIN, $3 serial or '', $4 place, $5 note, $6 photo as it came, or NULL
INSERT INTO inbox.report (reference, gtin, serial, place, note, photo)
VALUES ($1, $2::bigint, $3, $4, $5, $6::bytea)
