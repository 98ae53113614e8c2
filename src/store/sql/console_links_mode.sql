-- console_links_mode: console; $1 whether to redirect: "redirect" or "page"
SELECT json_build_object('mode', $1::text)::text FROM trace.set_own_link_mode($1::text = 'redirect')
