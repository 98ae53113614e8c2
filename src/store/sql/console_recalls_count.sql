-- console_recalls_count: console; $1 kind, $2 choice, $3 $4 $5 $6 $7 printed codes (store/code_list.h)
SELECT trace.halt_count(base.session_brand(), $1::text, $2::text::jsonb, code.printed_list($3::text::bigint[],
	$4::text::bigint[], $5::text::bigint[], $6::text::bigint[], $7::text::text[]))::text
