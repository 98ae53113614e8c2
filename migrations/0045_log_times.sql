-- What the log of changes shows of times before and after is told by the clock of its page. Replaces audit.shown of 0026.

-- The changes of a watched row, with the times among its columns by that clock; what is kept, sealed and exported
-- stays as it was written.
CREATE FUNCTION audit.by_clock(of_object text, details jsonb, zone text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT details || coalesce((
		SELECT jsonb_object_agg(a.attname, (
			SELECT jsonb_agg(CASE WHEN t.said #>> '{}' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$'
				THEN to_jsonb(base.local_time((t.said #>> '{}')::timestamptz, zone)) ELSE t.said END ORDER BY t.place)
			FROM jsonb_array_elements(details -> a.attname::text) WITH ORDINALITY AS t (said, place)))
		FROM pg_namespace AS n
		JOIN pg_class AS c ON c.relnamespace = n.oid
		JOIN pg_attribute AS a ON a.attrelid = c.oid
		WHERE n.nspname = split_part(of_object, '.', 1) AND c.relname = split_part(split_part(of_object, ' ', 1), '.', 2)
			AND a.attnum > 0 AND a.atttypid IN ('timestamptz'::regtype, 'base.moment'::regtype)
			AND jsonb_typeof(details -> a.attname::text) = 'array'), '{}')
$$;

CREATE OR REPLACE FUNCTION audit.shown(who text, action text, object text, of_from date, of_to date, before bigint, most integer)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	zone text := (SELECT time_zone FROM trace.brand WHERE id = base.session_brand());
	entries jsonb;
BEGIN
	EXECUTE format('SELECT coalesce(jsonb_agg(t ORDER BY id DESC), ''[]'') FROM (
			SELECT e.id, s.number, base.local_time(e.at, %1$L) AS at, e.who, e.action, e.object, e.via,
				audit.by_clock(e.object, e.details, %1$L) AS details,
				encode(s.hash, ''hex'') AS hash
			FROM audit.entry AS e LEFT JOIN audit.seal AS s ON s.entry_id = e.id
			WHERE e.brand_id = base.session_brand() %2$s %3$s ORDER BY e.id DESC LIMIT %4$s) AS t', zone,
		audit.conditions(who, action, object, of_from, of_to),
		CASE WHEN before > 0 THEN format('AND e.id < %s', before) END, most + 1) INTO entries;
	RETURN jsonb_build_object(
		'entries', CASE WHEN jsonb_array_length(entries) > most THEN entries - most ELSE entries END,
		'next', CASE WHEN jsonb_array_length(entries) > most THEN entries -> most - 1 -> 'id' END,
		'who', who, 'action', action, 'object', object, 'from', of_from, 'to', of_to, 'time_zone', zone,
		'chain', (SELECT jsonb_build_object('number', s.number, 'head', encode(s.hash, 'hex'),
				'sealed_at', base.local_time(s.sealed_at, zone))
			FROM audit.seal AS s WHERE s.brand_id = base.session_brand() ORDER BY s.number DESC LIMIT 1),
		'unsealed', (SELECT count(*) FROM audit.unsealed AS u WHERE u.brand_id = base.session_brand()),
		'oldest_seconds', (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at))::bigint, 0)
			FROM audit.unsealed AS u JOIN audit.entry AS e ON e.id = u.entry_id WHERE u.brand_id = base.session_brand()));
END $$;
