-- brand_set: operator; $1 slug, $2 names, $3 contact, $4 accent or NULL
-- What is named takes the place of what was there; the rest stays.
UPDATE trace.brand
SET name = name::jsonb || $2::jsonb, contact = contact || $3::jsonb, accent = coalesce($4, accent)
WHERE slug = $1
RETURNING id
