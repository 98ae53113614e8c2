-- Recalls and holds by choice, counted first; two persons where the brand wants it.
SELECT;
