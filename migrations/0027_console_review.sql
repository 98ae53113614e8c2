-- What a review of the console's rights found too wide.

-- By the doors of packing only work of a batch is cancelled: who packs may not keep a brand's decisions
-- (what is to be hidden at a time) or its imports from being done. Those have doors of their own.
CREATE FUNCTION job.cancel_packing(of_job bigint) RETURNS job.state
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM job.job AS j WHERE j.id = of_job AND j.batch_id IS NULL) THEN
		PERFORM code.refuse(403, 'This job is no work of a batch: it is cancelled where it was ordered.',
			json_build_object('member', 'id', 'code', 'job_elsewhere'));
	END IF;
	RETURN job.cancel(of_job);
END $$;

-- Tables of their own session are what the rules of imports work on, so nobody may call this with the owner's
-- rights who can make such tables himself.
REVOKE EXECUTE ON FUNCTION trace.record_correct FROM suyuan_jobs;

-- As in 0022, but a brand's texts stand on each of its pages, so they have so many languages and no more.
CREATE OR REPLACE FUNCTION trace.set_look(given jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	most CONSTANT integer := 40;
	b trace.brand;
	wide text;
BEGIN
	SELECT * INTO b FROM trace.brand WHERE id = base.session_brand() FOR NO KEY UPDATE;
	b := trace.look_of(b, given);
	SELECT t.name INTO wide FROM (VALUES ('name', b.name::jsonb), ('motto', b.motto::jsonb), ('about', b.about::jsonb))
		AS t(name, words) WHERE (SELECT count(*) FROM jsonb_object_keys(t.words)) > most LIMIT 1;
	IF FOUND THEN
		PERFORM code.refuse(400, format('%s: in more than %s languages.', wide, most),
			json_build_object('member', wide, 'limit', most, 'code', 'desk_too_many'));
	END IF;
	UPDATE trace.brand SET name = b.name, contact = b.contact, accent = b.accent, motto = b.motto, about = b.about
	WHERE id = b.id;
END $$;
