-- photo_remove: operator; $1 GTIN
-- The upload that has the page made anew where this command ends too early; no row: there is no photo. In the name of
-- its brand, or the photo would stay public until then.
WITH photo AS MATERIALIZED (
	SELECT p.gtin, set_config('suyuan.brand', p.brand_id::text, true) AS brand
	FROM trace.photo_now AS p
	JOIN trace.gtin_owner AS o ON o.gtin = p.gtin AND o.brand_id = p.brand_id
	WHERE p.gtin = $1::bigint
)
SELECT trace.withdraw_photo(p.gtin)::text FROM photo AS p WHERE p.brand <> ''
