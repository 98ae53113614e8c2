-- console_records_list: console; $1 kind, $2 how its number begins or a part of its name, or '', $3 GTIN or 0, $4 current or withdrawn,
-- $5 cursor or '', $6 language, $7 rows
SELECT t.line, t.cursor_text_out
FROM trace.record_page($1::text, $2::text, $3::bigint, $4::text, $5::text, $6::text, $7::bigint) AS t
