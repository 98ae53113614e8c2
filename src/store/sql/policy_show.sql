-- policy_show: console, jobs, operator; $1 brand id, $2 GTIN or 0 for the brand, $3 fields
SELECT trace.decide($1::bigint, $2::bigint, (SELECT jsonb_object_agg(f, 'show') FROM unnest($3::text[]) AS f),
	'command')
