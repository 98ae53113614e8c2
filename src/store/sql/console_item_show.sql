-- console_item_show: console; $1 $2 $3 $4 $5 one printed code (store/code_list.h), $6 language, $7 what was typed, $8 its serial number or ''
-- Where it stands and what is private about it; and the lots that are numbered like what was typed.
SELECT f.found, trace.item_show(f, coalesce(nullif(f.serial, ''), $8::text), $6::text),
	trace.lots_named(CASE WHEN f.found IN ('yes', 'elsewhere') THEN '' ELSE $7::text END)::text
FROM code.find(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[])) AS f
