-- batch_lot: console, jobs, operator; $1 batch id, $2 and $3 first and last place or NULL, $4 lot
SELECT l.changed, l.already
FROM code.give_lot($1::uuid, $2::bigint, $3::bigint, $4::text) AS l
