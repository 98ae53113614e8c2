-- What customers did with items: visits counted, PINs opened. The lookup process reads pub.seen with the
-- item; what it writes goes to schema inbox, or through functions that take no more than they need.

-- A row only for an item that somebody has looked at. The serial as issued, so that codes that are
-- computed and serials made elsewhere stand in one table.
CREATE TABLE pub.seen (
	gtin       bigint NOT NULL,
	serial     text COLLATE "C" NOT NULL,
	visits     bigint NOT NULL DEFAULT 0 CHECK (visits >= 0),
	first_at   timestamptz,                 -- of the first visit
	pin_tries  smallint NOT NULL DEFAULT 0, -- wrong ones
	pin_opened timestamptz,                 -- when the right PIN was given
	PRIMARY KEY (gtin, serial)
) WITH (fillfactor = 80);
ALTER TABLE pub.seen SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE pub.seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE pub.seen FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON pub.seen TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON pub.seen TO suyuan_console
	USING (EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = seen.gtin));
CREATE POLICY public ON pub.seen FOR SELECT TO suyuan_public USING (true);
GRANT SELECT ON pub.seen TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, UPDATE, DELETE ON pub.seen TO suyuan_jobs;
