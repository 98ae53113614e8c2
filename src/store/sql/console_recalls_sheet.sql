-- console_recalls_sheet: console; $1 number, $2 what console_recalls_visited gave, $3 $4 $5 $6 $7 printed codes (store/code_list.h)
SELECT (trace.halt_sheet(h) || jsonb_build_object(
	'checked', trace.halt_checked(h, $2::text::jsonb, code.printed_list($3::text::bigint[], $4::text::bigint[],
		$5::text::bigint[], $6::text::bigint[], $7::text::text[]))))::text
FROM trace.halt AS h WHERE h.id = $1::bigint
