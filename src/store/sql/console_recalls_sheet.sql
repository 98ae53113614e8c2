-- console_recalls_sheet: console; $1 number, $2 visits of these codes, $3 $4 $5 $6 $7 printed codes (store/code_list.h)
SELECT (trace.halt_sheet(h) || jsonb_build_object(
	'checked', trace.halt_checked(h, code.printed_list($3::text::bigint[], $4::text::bigint[], $5::text::bigint[],
		$6::text::bigint[], $7::text::text[]), $2::text::bigint[])))::text
FROM trace.halt AS h WHERE h.id = $1::bigint
