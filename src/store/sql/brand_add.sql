-- brand_add: operator; $1 slug, $2 names, $3 contact, $4 accent or NULL
INSERT INTO trace.brand (slug, name, contact, accent)
VALUES ($1, $2::jsonb, $3::jsonb, $4)
ON CONFLICT (slug) DO NOTHING
RETURNING id
