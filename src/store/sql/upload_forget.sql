-- upload_forget: jobs
-- What became of uploads is told for a day; the records they became stay.
DELETE FROM trace.upload WHERE ended_at < now() - interval '1 day'
