-- visitor_keys_make: jobs
-- Keys that hash visitors, today and on the next day.
SELECT inbox.make_visitor_keys()
