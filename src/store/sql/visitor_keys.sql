-- visitor_keys: lookup
-- Keys that hash visitors, by day since 1970 (UTC).
SELECT
	(k.day - date '1970-01-01')::bigint AS day,
	k.key
FROM pub.visitor_key AS k
ORDER BY k.day DESC
LIMIT 4
