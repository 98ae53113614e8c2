-- lookup_links: lookup; $1 gtin, $2 lot or ' ', $3 serial or ' ', $4 counter of the serial or -1, $5 its key
-- The links of a place and of those above it that are valid now, and what its GTIN, lot and item are: no row
-- where the GTIN is not known, one without a link where there is none. A scan of pub.link for each level,
-- by the whole key: a GTIN may have links of a million serials. A blank is in no lot and in no
-- serial, so that the same plan fits every question and is made once, not for each (1.7 ms).
-- A day of a link is the brand's: its clock is asked only where a link has one.
-- Warned of is an item that is out of use, or that a recall or hold is about: no brand's site says so.
WITH place AS MATERIALIZED (
	SELECT g.gtin, g.brand_id, g.redirects, g.has_halts, coalesce(r.lot_handle, f.lot_handle) IS NOT NULL AS is_item,
		coalesce(CASE WHEN r.last IS NOT NULL THEN i.state END, r.state, f.state) AS state,
		coalesce(r.lot_handle, f.lot_handle, d.lot_handle, '') AS lot_handle
	FROM pub.gtin AS g
	LEFT JOIN LATERAL (
		SELECT run.last, run.key_id, run.serial_length, run.lot_handle, run.state
		FROM pub.run AS run
		WHERE run.gtin = g.gtin AND run.first <= $4::bigint
		ORDER BY run.first DESC
		LIMIT 1
	) AS r ON r.last >= $4::bigint AND r.key_id = $5::bigint AND r.serial_length = length($3::text)
	LEFT JOIN LATERAL (
		SELECT item.state FROM pub.item AS item
		WHERE $4::bigint >= 0 AND item.gtin = g.gtin AND item.counter = $4::bigint
		LIMIT 1
	) AS i ON true
	LEFT JOIN pub.foreign_item AS f ON f.gtin = g.gtin AND f.serial = $3::text
	LEFT JOIN pub.link_lot AS d ON d.gtin = g.gtin AND d.proof = (
		SELECT sha256(convert_to(i.id::text || lpad($1::bigint::text, 14, '0') || $2::text, 'UTF8'))
		FROM pub.instance AS i LIMIT 1)
	WHERE g.gtin = $1::bigint
), told AS MATERIALIZED (
	SELECT p.redirects, p.is_item, p.lot_handle,
		coalesce((SELECT b.time_zone FROM pub.brand AS b WHERE b.brand_id = p.brand_id LIMIT 1), 'UTC') AS zone,
		EXISTS (SELECT FROM pub.recall AS c WHERE c.gtin = p.gtin AND c.lot_handle IN ('', p.lot_handle))
			OR coalesce('recalled' = ANY (h.effects), false) AS recalled,
		p.is_item AND (p.state IN ('decommissioned', 'destroyed', 'void', 'blocked')
			OR coalesce(cardinality(h.effects), 0) > 0) AS warned,
		product.document ->> 'name' AS name,
		lot.document ->> 'lot' AS lot,
		(SELECT string_agg(h.field, E'\n') FROM pub.hide AS h
			WHERE h.brand_id = p.brand_id AND h.gtin IN (0, p.gtin)) AS hidden
	FROM place AS p
	LEFT JOIN LATERAL (
		SELECT array_agg(halt.effect) AS effects
		FROM (
			(SELECT c.halt_id FROM pub.halt_part AS c
			WHERE $4::bigint >= 0 AND c.gtin = p.gtin AND c.counters @> $4::bigint AND c.counters IS NOT NULL LIMIT 100)
			UNION ALL
			(SELECT c.halt_id FROM pub.halt_part AS c
			WHERE c.gtin = p.gtin AND c.serial = $3::text AND c.serial IS NOT NULL LIMIT 100)
			UNION ALL
			(SELECT c.halt_id FROM pub.halt_part AS c
			WHERE c.gtin = p.gtin AND c.lot_handle = p.lot_handle AND p.lot_handle <> '' AND c.lot_handle IS NOT NULL
			LIMIT 100)
		) AS over
		CROSS JOIN LATERAL (
			SELECT one.effect FROM pub.halt AS one WHERE one.halt_id = over.halt_id LIMIT 1) AS halt
		WHERE p.has_halts AND p.is_item
	) AS h ON true
	LEFT JOIN pub.product AS product ON product.gtin = p.gtin
	LEFT JOIN pub.lot AS lot ON lot.gtin = p.gtin AND lot.lot_handle = p.lot_handle AND p.lot_handle <> ''
)
SELECT
	t.redirects::integer::bigint,
	t.is_item::integer::bigint,
	t.recalled::integer::bigint,
	t.warned::integer::bigint,
	t.name,
	t.lot,
	t.hidden,
	(CASE WHEN l.serial <> '' THEN 2 WHEN l.lot_handle <> '' THEN 1 ELSE 0 END)::bigint AS level,
	l.link_type,
	l.href,
	l.title,
	l.hreflang,
	l.media_type,
	l.context,
	l.role,
	l.forward_query::integer::bigint
FROM told AS t
LEFT JOIN LATERAL (
	SELECT k.* FROM pub.link AS k
	WHERE k.gtin = $1::bigint AND k.serial = '' AND k.lot_handle = ''
	UNION ALL
	SELECT k.* FROM pub.link AS k
	WHERE k.gtin = $1::bigint AND k.serial = '' AND k.lot_handle = t.lot_handle AND t.lot_handle <> ''
	UNION ALL
	SELECT k.* FROM pub.link AS k
	WHERE k.gtin = $1::bigint AND k.serial = $3::text AND k.lot_handle = ''
) AS l ON (l.valid_from IS NULL OR l.valid_from <= now()) AND (l.valid_until IS NULL OR l.valid_until > now())
	AND (l.from_day IS NULL OR l.from_day <= pub.day_at(now(), t.zone))
	AND (l.until_day IS NULL OR l.until_day >= pub.day_at(now(), t.zone))
ORDER BY l.link_type, l.id
LIMIT 1000
