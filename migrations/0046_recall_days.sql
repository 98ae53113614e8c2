-- The days by which a recall chooses what a machine did are the brand's. Replaces trace.halt_lots of 0025.

-- The lots that a choice means, where it means lots. By UTC's days what a workshop in Shanghai did before eight in the
-- morning was of the day before, and a recall from that day on left it out.
CREATE OR REPLACE FUNCTION trace.halt_lots(of_brand bigint, choice jsonb) RETURNS TABLE (gtin bigint, lot text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	of_gtin bigint := nullif(choice ->> 'gtin', '')::bigint;
	from_day date := nullif(choice ->> 'from', '')::date;
	to_day date := nullif(choice ->> 'to', '')::date;
	zone text := trace.clock_of(of_brand);
BEGIN
	CASE choice ->> 'by'
	WHEN 'lots' THEN
		RETURN QUERY SELECT DISTINCT of_gtin, l FROM jsonb_array_elements_text(choice -> 'lots') AS l;
	WHEN 'material' THEN
		RETURN QUERY SELECT m.gtin, m.lot FROM trace.halt_made_of(of_brand, choice ->> 'supplier',
			choice ->> 'material', of_gtin, choice ->> 'lot') AS m;
	WHEN 'dates' THEN
		RETURN QUERY SELECT l.gtin::bigint, l.lot::text FROM trace.lot_now AS l
		WHERE l.brand_id = of_brand AND (of_gtin IS NULL OR l.gtin = of_gtin)
			AND CASE choice ->> 'date' WHEN 'best_before' THEN l.best_before ELSE l.produced_on END
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity');
	WHEN 'machine' THEN
		-- Everything that is said must hold for the same step or the same inspection. What has no time recorded
		-- is taken along: it may have been then.
		RETURN QUERY
		SELECT s.gtin::bigint, s.lot::text FROM trace.step_now AS s
		WHERE s.brand_id = of_brand AND (of_gtin IS NULL OR s.gtin = of_gtin)
			AND coalesce(choice ->> 'instrument', '') = ''
			AND coalesce(choice ->> 'facility', '') IN ('', s.facility)
			AND (coalesce(choice ->> 'parameter', '') || coalesce(choice ->> 'value', '') = ''
				OR trace.halt_has_parameter(s.parameters, coalesce(choice ->> 'parameter', ''),
					coalesce(choice ->> 'value', '')))
			AND coalesce((coalesce(s.started_at, s.ended_at) AT TIME ZONE zone)::date
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity'), true)
		UNION
		SELECT i.gtin::bigint, i.lot::text FROM trace.inspection_now AS i
		WHERE i.brand_id = of_brand AND (of_gtin IS NULL OR i.gtin = of_gtin)
			AND coalesce(choice ->> 'parameter', '') || coalesce(choice ->> 'value', '') = ''
			AND coalesce(choice ->> 'instrument', '') IN ('', i.instrument)
			AND coalesce(choice ->> 'facility', '') IN ('', i.facility)
			AND coalesce((i.measured_at AT TIME ZONE zone)::date
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity'), true)
		UNION
		SELECT l.gtin::bigint, l.lot::text FROM trace.lot_now AS l
		WHERE l.brand_id = of_brand AND (of_gtin IS NULL OR l.gtin = of_gtin)
			AND coalesce(choice ->> 'facility', '') = l.facility
			AND coalesce(choice ->> 'instrument', '') || coalesce(choice ->> 'parameter', '')
				|| coalesce(choice ->> 'value', '') = ''
			AND coalesce(l.produced_on
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity'), true);
	ELSE
		RETURN;
	END CASE;
END $$;
