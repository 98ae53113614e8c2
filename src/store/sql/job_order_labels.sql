-- job_order_labels: console, operator; $1 batch id, $2 label order
-- Gives the job's number.
SELECT job.order_labels($1::uuid, $2::jsonb)
