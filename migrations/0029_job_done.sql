-- The console could say of any job of its brand how much of it is done; it may end one kind alone, at once.

REVOKE UPDATE (done) ON job.job FROM suyuan_console;

-- The documents of what order_projection() said were made in this transaction: its job is not needed. With the
-- owner's rights, because the console may not say how far a job is; of the session's brand and no other.
CREATE FUNCTION job.projected(of_job bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE job.job AS j SET state = 'done', done = j.total, ended_at = now()
	WHERE j.id = of_job AND j.brand_id = base.session_brand() AND j.kind = 'project' AND j.state = 'waiting'
$$;
REVOKE EXECUTE ON FUNCTION job.projected FROM PUBLIC, suyuan_jobs;
GRANT EXECUTE ON FUNCTION job.projected TO suyuan_console;

CREATE OR REPLACE FUNCTION trace.project_at_once(of_gtin bigint, of_job bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM trace.project_scope(trace.fields_scope(of_gtin), of_gtin);
	PERFORM job.projected(of_job);
END $$;
