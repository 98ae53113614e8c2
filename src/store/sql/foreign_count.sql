-- foreign_count: console, jobs, operator; $1 GTIN, or 0 for every one
SELECT lpad(i.gtin::text, 14, '0') AS gtin, i.state::text, count(*)
FROM code.foreign_item AS i
WHERE $1::bigint IN (0, i.gtin)
GROUP BY i.gtin, i.state
ORDER BY i.gtin, i.state
