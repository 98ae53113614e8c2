-- console_fields: console; $1 GTIN or 0, $2 every field as shown, $3 how names or GTINs of products begin, or '', $4 behind this GTIN
SELECT trace.fields_document($1::bigint, $2::text::jsonb, $3::text, $4::bigint)::text
