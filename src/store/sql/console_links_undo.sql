-- console_links_undo: console; $1 ids of records, with "-" between
SELECT json_build_object('undone', trace.undo_links(string_to_array($1::text, '-')::bigint[]))::text
