-- Batches and labels for people; designs of labels.
SELECT;
