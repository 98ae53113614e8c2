-- console_audit_show: console; $1 who, $2 action, $3 begin of the object, $4 $5 first and last day, each '' for all, $6 before this entry or 0
-- A page of the log of changes and the state of its chain, a document; then, for a page, the names of the products that
-- its changes and choices speak of.
SELECT d.document::text, NULL::text, (SELECT json_object_agg(g.gtin, (SELECT n.name FROM trace.product_now AS n
		WHERE n.gtin = g.gtin::bigint AND n.brand_id = base.session_brand() LIMIT 1))
	FROM (SELECT lpad(said #>> '{}', 14, '0') FROM jsonb_path_query(d.document, '$.entries[*].details.gtin[*]') AS said
		UNION SELECT lpad(said #>> '{}', 14, '0')
		FROM jsonb_path_query(d.document, '$.entries[*].details.choice[*].gtin') AS said) AS g (gtin)
	WHERE g.gtin ~ '^[0-9]{14}$')::text
FROM (SELECT audit.shown($1::text, $2::text, $3::text, nullif($4::text, '')::date, nullif($5::text, '')::date, $6::bigint, 50)) AS d (document)
