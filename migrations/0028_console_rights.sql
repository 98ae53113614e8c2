-- What was scheduled is published in the name of who scheduled it, who may have left or lost the role since.

-- As in 0021, but of what somebody scheduled who could not publish it any more, only what hides is decided: that
-- may be what everybody relies on, and shows nothing to anybody. What was left out stands in the log of changes.
CREATE OR REPLACE FUNCTION trace.publish_scheduled(of_job bigint, OUT brand_id bigint, OUT gtin bigint)
LANGUAGE plpgsql AS $$
DECLARE
	o record;
	wanted jsonb;
	changed jsonb;
BEGIN
	SELECT j.brand_id, (j.arguments ->> 'gtin')::bigint AS gtin, j.kind, j.arguments INTO o
	FROM job.job AS j WHERE j.id = of_job;
	brand_id := o.brand_id;
	gtin := o.gtin;
	IF o.kind <> 'publish' THEN RETURN; END IF;
	PERFORM set_config('suyuan.by', coalesce(o.arguments ->> 'by', ''), true);
	wanted := o.arguments -> 'choices';
	IF NOT EXISTS (SELECT FROM team.account AS a WHERE 'user:' || a.name = o.arguments ->> 'by'
			AND a.brand_id = o.brand_id AND a.ended_at IS NULL AND a.roles && '{editor,admin}') THEN
		SELECT coalesce(jsonb_object_agg(c.key, c.value), '{}') INTO wanted FROM jsonb_each_text(wanted) AS c
		WHERE c.value = 'hide';
		PERFORM audit.note(o.brand_id, 'left_out', 'job.job ' || of_job, (o.arguments -> 'choices') - ARRAY(
			SELECT jsonb_object_keys(wanted)));
	END IF;
	changed := trace.choices_that_change(o.brand_id, o.gtin, wanted);
	IF changed <> '{}' THEN
		PERFORM trace.decide(o.brand_id, o.gtin, changed, 'schedule');
	END IF;
END $$;

-- As in 0020, but what is long stands in the log by its digest, as in the entries of triggers.
CREATE OR REPLACE FUNCTION audit.note(of_brand bigint, of_action text, of_object text, of_details jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF session_user = 'suyuan_console' AND of_brand IS DISTINCT FROM base.session_brand() THEN
		RAISE EXCEPTION 'what is noted is of the brand of the session' USING ERRCODE = 'insufficient_privilege';
	END IF;
	INSERT INTO audit.entry (brand_id, action, object, details)
	VALUES (of_brand, left(of_action, 100), left(of_object, 1000), audit.short(of_details));
END $$;
