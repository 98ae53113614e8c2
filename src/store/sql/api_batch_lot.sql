-- api_batch_lot: console; $1 batch id, $2 first place or 0, $3 last place or 0, $4 lot
SELECT json_build_object('batch', $1::text, 'lot', $4::text, 'changed', l.changed, 'already', l.already)::text
FROM code.give_lot($1::text::uuid, nullif($2::bigint, 0), nullif($3::bigint, 0), $4::text) AS l
