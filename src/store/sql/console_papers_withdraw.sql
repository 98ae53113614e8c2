-- console_papers_withdraw: console; $1 id of a paper
SELECT json_build_object('withdrawn', $1::bigint, 'upload', trace.withdraw_paper($1::bigint, base.session_by()))::text
