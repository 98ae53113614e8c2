-- policy_laws: operator
SELECT name, field, must, array_to_string(categories, ', '), coalesce(reason::jsonb ->> 'en', ''), source
FROM trace.law ORDER BY field, name
