-- visit_add: lookup; $1 lines of age in ms, gtin, serial, lot handle, visitor, kind, country, times, parted by tabs
-- What a lookup worker saw, into the inbox.
INSERT INTO inbox.scan (at, gtin, serial, lot_handle, visitor, kind, country, times)
SELECT
	now() - c[1]::bigint * interval '1 ms',
	c[2]::bigint,
	c[3],
	c[4],
	nullif(c[5], '')::bigint,
	c[6],
	c[7],
	c[8]::integer
FROM string_to_table($1::text, E'\n') AS line,
LATERAL (SELECT string_to_array(line, E'\t') AS c OFFSET 0) AS columns
