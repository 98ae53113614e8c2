-- pin_try: lookup; $1 gtin, $2 counter, $3 serial, $4 1 if it was the right PIN, else 0
-- A customer's try, decided and counted before its outcome is told.
SELECT t.outcome, t.tries, t.opened
FROM pub.pin_try($1::bigint, $2::bigint, $3::text, $4::bigint = 1) AS t
