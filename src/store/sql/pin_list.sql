-- pin_list: operator; $1 gtin, or 0 for all
-- The GTINs that have or had PINs.
SELECT lpad(g.gtin::text, 14, '0'), e.digits::bigint, g.pin_from, (g.pin_digits > 0)::integer::bigint,
	(SELECT count(*) FROM code.pin_event AS o WHERE o.gtin = g.gtin AND o.step = 'opened')
FROM pub.gtin AS g
JOIN LATERAL (
	SELECT o.digits FROM code.pin_event AS o
	WHERE o.gtin = g.gtin AND o.serial = '' AND o.step = 'on' ORDER BY o.id DESC LIMIT 1
) AS e ON true
WHERE $1::bigint IN (0, g.gtin)
ORDER BY g.gtin
