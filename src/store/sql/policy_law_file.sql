-- policy_law_file: operator
-- Which file the rules in force were read from.
SELECT name, encode(sha256, 'hex'), job.moment(read_at), read_by FROM trace.law_file
