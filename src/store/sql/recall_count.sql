-- recall_count: console, operator; $1 brand, $2 kind, $3 choice, $4 $5 $6 $7 $8 printed codes (store/code_list.h)
SELECT trace.halt_count($1::bigint, $2::text, $3::text::jsonb, code.printed_list($4::text::bigint[],
	$5::text::bigint[], $6::text::bigint[], $7::text::bigint[], $8::text::text[]))::text
