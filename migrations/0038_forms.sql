-- Forms of the console: products to choose from, and refusals that people are told in their language.

-- The brand's first products, [[GTIN, name], …], for a form that asks for one of them.
CREATE FUNCTION trace.products_offered(lang text, most integer) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_array(lpad(o.gtin::text, 14, '0'), coalesce((SELECT trace.words_in(n.name::jsonb, lang)
		FROM trace.product_now AS n WHERE n.gtin = o.gtin AND n.brand_id = o.brand_id LIMIT 1), '')) ORDER BY o.gtin), '[]')
	FROM (SELECT g.gtin, g.brand_id FROM trace.gtin_owner AS g WHERE g.brand_id = base.session_brand()
		ORDER BY g.gtin LIMIT most) AS o
$$;
REVOKE EXECUTE ON FUNCTION trace.products_offered FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trace.products_offered TO suyuan_console;

-- As in 0023 and 0012, with codes.
CREATE OR REPLACE FUNCTION job.order_import(of_id bigint, is_dry boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	u job.upload;
	made bigint;
BEGIN
	SELECT * INTO u FROM job.upload AS o WHERE o.id = of_id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such upload.');
	ELSIF u.encoding IS NULL THEN
		PERFORM code.refuse(409, 'The file is not all here yet.', json_build_object('member', 'import',
			'code', 'import_not_here'));
	ELSIF u.profile IS NULL THEN
		PERFORM code.refuse(409, 'Say first which column is what.', json_build_object('member', 'mapping',
			'code', 'mapping_missing'));
	END IF;
	-- Asked twice, it is done once.
	SELECT j.id INTO made FROM job.job AS j WHERE j.upload = of_id AND j.state IN ('waiting', 'running')
		AND j.arguments ->> 'profile' = u.profile AND (j.arguments ->> 'dry_run')::boolean = is_dry;
	IF FOUND THEN RETURN made; END IF;
	IF EXISTS (SELECT FROM job.job AS j WHERE j.upload = of_id AND j.state IN ('waiting', 'running')) THEN
		PERFORM code.refuse(409, 'This file is at work already: wait for it, or cancel it.',
			json_build_object('member', 'import', 'code', 'import_running'));
	ELSIF (SELECT open FROM job.held(base.session_brand())) >= job.open_most() THEN
		PERFORM code.refuse(429, format('%s jobs of this brand are not done yet: wait for them, or cancel some',
			job.open_most()), json_build_object('limit', job.open_most(), 'retry_after', 10, 'code', 'pack_jobs_most'));
	END IF;
	INSERT INTO job.job (brand_id, kind, upload, arguments, total)
	VALUES (u.brand_id, 'import', u.id, jsonb_build_object('upload', u.id, 'dry_run', is_dry, 'profile', u.profile,
		'table', u.mapping ->> 'record', 'encoding', coalesce(u.mapping ->> 'encoding', u.encoding), 'name', u.name,
		'by', base.session_by()), u.size)
	RETURNING id INTO made;
	RETURN made;
END $$;

CREATE OR REPLACE FUNCTION job.upload_cancel(of_id bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	found_job bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM job.upload AS u WHERE u.id = of_id) THEN
		PERFORM code.refuse(404, 'There is no such upload.');
	END IF;
	SELECT j.id INTO found_job FROM job.job AS j WHERE j.upload = of_id AND j.state IN ('waiting', 'running');
	IF NOT FOUND THEN
		PERFORM code.refuse(409, 'Nothing is at work on this file.', json_build_object('member', 'import',
			'code', 'import_idle'));
	END IF;
	RETURN json_build_object('job', found_job, 'state', job.cancel(found_job));
END $$;

CREATE OR REPLACE FUNCTION job.order_number(label jsonb, member text, lowest bigint, highest bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	value jsonb := label -> member;
	number numeric;
BEGIN
	IF value IS NULL OR value = 'null' THEN RETURN NULL; END IF;
	IF jsonb_typeof(value) = 'number' THEN number := value::numeric; END IF;
	IF number IS NULL OR number <> trunc(number) OR number NOT BETWEEN lowest AND highest THEN
		PERFORM code.refuse(400, format('%s: must be a whole number from %s to %s', member, lowest, highest),
			json_build_object('member', member, 'code', 'number', 'limit', format('%s to %s', lowest, highest)));
	END IF;
	RETURN number::bigint;
END $$;
