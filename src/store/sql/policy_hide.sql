-- policy_hide: console, jobs, operator; $1 brand id, $2 GTIN or 0 for the brand, $3 fields
SELECT trace.decide($1::bigint, $2::bigint, (SELECT jsonb_object_agg(f, 'hide') FROM unnest($3::text[]) AS f),
	'command')
