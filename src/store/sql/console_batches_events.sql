-- console_batches_events: console; $1 batch id, $2 behind this event, or 0, $3 rows at most
-- What happened to codes of the batch, the newest first; 404 where there is none that this line may see.
SELECT e.line::text, e.id::text, e.local
FROM code.places($1::text::uuid, NULL, NULL) AS p JOIN code.batch AS b ON b.id = p.id
CROSS JOIN LATERAL code.batch_events(b, $2::bigint, $3::bigint) AS e
ORDER BY e.id DESC
