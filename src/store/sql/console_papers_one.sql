-- console_papers_one: console; $1 id of a record
-- One paper with its history, newest first; withdrawn ones too: the record stays. For a page the name of its product besides.
SELECT json_build_object('id', d.id, 'gtin', lpad(d.gtin::text, 14, '0'), 'lot', nullif(d.lot, ''), 'code', d.code,
	'kind', d.kind, 'title', d.title, 'issuer', d.issuer, 'issued_on', d.issued_on, 'media_type', d.media_type,
	'sha256', encode(d.sha256, 'hex'),
	'bytes', (SELECT length(f.bytes) FROM trace.paper_file AS f WHERE f.brand_id = d.brand_id AND f.sha256 = d.sha256),
	'withdrawn', d.withdrawn, 'counts', NOT d.withdrawn AND NOT EXISTS (SELECT FROM trace.document AS n WHERE n.replaces = d.id),
	'history', (SELECT json_agg(json_build_object('id', h.id, 'sha256', encode(h.sha256, 'hex'), 'media_type', h.media_type,
			'withdrawn', h.withdrawn, 'recorded_by', h.recorded_by,
			'recorded_at', base.local_time(h.recorded_at,
				(SELECT b.time_zone FROM trace.brand AS b WHERE b.id = base.session_brand()))) ORDER BY h.id DESC)
		FROM (SELECT * FROM trace.document AS h WHERE h.brand_id = d.brand_id AND h.record_key = d.record_key
			ORDER BY h.id DESC LIMIT 50) AS h))::text, NULL::text,
	json_build_object(lpad(d.gtin::text, 14, '0'),
		(SELECT n.name FROM trace.product_now AS n WHERE n.gtin = d.gtin AND n.brand_id = base.session_brand() LIMIT 1))::text
FROM trace.document AS d WHERE d.id = $1::bigint
