-- api_codes_found: console; $1 $2 $3 $4 $5 printed codes (store/code_list.h)
-- Where each of them stands, a row a code in their order.
WITH clocks AS MATERIALIZED (
	SELECT coalesce((SELECT o.time_zone FROM trace.brand AS o WHERE o.id = base.session_brand()), 'UTC') AS zone
)
SELECT f.line, f.found, lpad(f.gtin::text, 14, '0'), f.batch_id::text, f.place::text, f.lot, f.state::text,
	to_char(f.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	to_char(f.since AT TIME ZONE c.zone, 'YYYY-MM-DD HH24:MI')
FROM clocks AS c, code.find(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[])) AS f
ORDER BY f.line
