-- paper_add: operator; $1 what it is to be, as JSON (trace.check_paper), $2 media type, $3 the file, $4 where from
WITH checked AS MATERIALIZED (SELECT trace.check_paper($1::jsonb) AS whole)
SELECT trace.put_paper(c.whole, $2::text, $3::bytea, $4::text), (c.whole ->> 'gtin')::bigint, c.whole ->> 'lot',
	c.whole ->> 'code', lpad(c.whole ->> 'gtin', 14, '0'), encode(sha256($3::bytea), 'hex')
FROM checked AS c
