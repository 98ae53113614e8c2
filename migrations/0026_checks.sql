-- What happens out there: checks by day, product, lot, country and hour.
SELECT;
