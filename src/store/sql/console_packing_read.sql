-- console_packing_read: console; $1 $2 $3 $4 $5 printed codes (store/code_list.h), $6 their serials as an array's text
-- What somebody read on labels: a row for each, as api_codes_found.sql has them; since is when it was printed before.
WITH clocks AS MATERIALIZED (
	SELECT coalesce((SELECT o.time_zone FROM trace.brand AS o WHERE o.id = base.session_brand()), 'UTC') AS zone
)
SELECT r.line, r.result, lpad(($1::text::bigint[])[r.line::integer]::text, 14, '0'), r.batch_id::text, r.place::text, r.lot,
	r.state::text, to_char(r.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	to_char(r.seen_at AT TIME ZONE c.zone, 'YYYY-MM-DD HH24:MI')
FROM clocks AS c, code.read_prints(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[]), $6::text::text[]) AS r
ORDER BY r.line
