-- paper_withdrawn: operator; $1 the upload that paper_withdraw or photo_remove gave
-- It is made anew.
SELECT trace.end_upload(u.id) FROM trace.upload AS u WHERE u.handle = $1::text::uuid
