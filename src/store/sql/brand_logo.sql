-- brand_logo: operator; $1 brand, $2 a JPEG made small, or NULL for none, $3 width, $4 height
WITH kept AS (
	INSERT INTO trace.logo (brand_id, sha256, width, height, bytes)
	SELECT $1::bigint, sha256($2::bytea), $3::bigint::integer, $4::bigint::integer, $2::bytea WHERE $2::bytea IS NOT NULL
	ON CONFLICT DO NOTHING
)
UPDATE trace.brand SET logo = sha256($2::bytea) WHERE id = $1::bigint
