-- The life of codes after printing: bulk steps, print checks, reconciliation, lots by range.
SELECT;
