-- audit_seal: jobs; $1 how many
-- Seals entries of the log of changes: how many, NULL while another process is at it.
SELECT audit.seal_waiting($1::integer)
