-- brand_find: console, jobs, operator; $1 slug
SELECT id FROM trace.brand WHERE slug = $1
