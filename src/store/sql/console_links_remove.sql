-- console_links_remove: console; $1 id of a link
SELECT json_build_object('records', trace.remove_link($1::bigint)::text)::text
