-- notify: console, jobs, operator
-- Tells the lookup workers, once the transaction is committed, that something public changed.
SELECT pg_notify('suyuan_change', '')
