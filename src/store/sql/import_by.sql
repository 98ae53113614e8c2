-- import_by: jobs; $1 who ordered it, or ''
-- In whose name this session records.
SELECT set_config('suyuan.by', $1, false)
