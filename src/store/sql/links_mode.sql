-- links_mode: operator; $1 brand id, $2 whether to redirect
SELECT trace.set_link_mode($1::bigint, $2::boolean)
