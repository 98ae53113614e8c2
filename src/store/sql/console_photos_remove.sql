-- console_photos_remove: console; $1 GTIN
SELECT json_build_object('gtin', lpad($1::bigint::text, 14, '0'), 'upload', trace.withdraw_photo($1::bigint))::text
