-- console_fields: console; $1 GTIN or 0, $2 every field as shown
SELECT trace.fields_document($1::bigint, $2::text::jsonb)::text
