-- batch_make: console, jobs, operator; $1 GTIN, $2 lot or NULL, $3 characters of a serial, $4 link stem
-- as printed, $5 quantity, $6 key id
-- Takes the next counters of the GTIN. What is printed beside the codes is written down with them.
WITH counter AS (
	INSERT INTO code.gtin_counter AS c (gtin, next)
	VALUES ($1::bigint, $5::bigint)
	ON CONFLICT (gtin) DO UPDATE SET next = c.next + EXCLUDED.next
	RETURNING next - $5::bigint AS first
), made AS (
	INSERT INTO code.batch (brand_id, gtin, lot, key_id, serial_length, link_stem, first, quantity,
		product, produced_on, best_before)
	SELECT o.brand_id, o.gtin, $2, $6::smallint, $3::smallint, $4, counter.first, $5::bigint,
		coalesce(p.name ->> 'zh-CN', p.name ->> 'en', p.name ->> 'und', ''), l.produced_on, l.best_before
	FROM counter
	JOIN trace.gtin_owner AS o ON o.gtin = $1::bigint
	LEFT JOIN trace.product_now AS p ON p.gtin = o.gtin AND p.brand_id = o.brand_id
	LEFT JOIN trace.lot_now AS l ON l.gtin = o.gtin AND l.brand_id = o.brand_id AND l.lot = $2
	RETURNING *
), run AS (
	INSERT INTO code.run (gtin, counters, batch_id, state, since)
	SELECT gtin, int8range(first, first + quantity), id, 'provisioned', made_at FROM made
), public_run AS (
	INSERT INTO pub.run (gtin, first, last, key_id, serial_length, lot_handle, state, since)
	SELECT gtin, first, first + quantity - 1, key_id, serial_length, trace.lot_handle(gtin, lot),
		'provisioned', made_at
	FROM made
), public_gtin AS (
	INSERT INTO pub.gtin AS g (gtin, brand_id, issued)
	SELECT gtin, brand_id, first + quantity FROM made
	ON CONFLICT (gtin) DO UPDATE SET issued = greatest(g.issued, EXCLUDED.issued)
)
SELECT id FROM made
