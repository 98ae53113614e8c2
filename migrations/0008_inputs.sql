-- A product's name also stands on the pages of the products it went into.

CREATE INDEX lot_input_of ON trace.lot_input (input_gtin) WHERE input_gtin IS NOT NULL;

-- These GTINs and, of the same brand, those whose lots took in lots of them.
CREATE FUNCTION trace.with_products_made_of(gtins bigint[]) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
	SELECT coalesce(array_agg(gtin ORDER BY gtin), '{}') FROM (
		SELECT unnest(gtins) AS gtin
		UNION
		SELECT i.gtin FROM trace.lot_input AS i
		JOIN trace.gtin_owner AS o ON o.gtin = i.input_gtin AND o.brand_id = i.brand_id
		WHERE i.input_gtin = ANY (gtins)) AS all_of_them
$$;
