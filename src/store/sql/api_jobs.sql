-- api_jobs: console; $1 the last job of the page before, or 0, $2 batch id or NULL, $3 rows at most
-- Newest first, those that this line may see: its GTINs' and those that concern no single one. Each branch walks
-- an index, and only one for a batch or for a line of all GTINs. Last the name of its product, for a page.
WITH after AS MATERIALIZED (
	SELECT c.made_at, c.id FROM job.job AS c WHERE c.id = $1::bigint
	UNION ALL
	SELECT 'infinity', 0 WHERE $1::bigint = 0
), asked (gtins) AS MATERIALIZED (
	SELECT code.line_gtins(0)
)
SELECT job.brief(found.j)::text, found.id::text,
	(SELECT n.name FROM trace.product_now AS n WHERE n.gtin = (found.j).gtin AND n.brand_id = base.session_brand() LIMIT 1)::text
FROM (
	(SELECT j, j.made_at, j.id FROM job.job AS j
	WHERE $2::text IS NOT NULL AND j.batch_id = $2::text::uuid
		AND (j.made_at, j.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
	ORDER BY j.made_at DESC, j.id DESC LIMIT $3::bigint)
	UNION ALL
	(SELECT j, j.made_at, j.id FROM job.job AS j
	WHERE $2::text IS NULL AND (SELECT gtins IS NULL FROM asked)
		AND (j.made_at, j.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
	ORDER BY j.made_at DESC, j.id DESC LIMIT $3::bigint)
	UNION ALL
	SELECT o.j, o.made_at, o.id FROM asked, unnest(asked.gtins) AS g CROSS JOIN LATERAL (
		SELECT j, j.made_at, j.id FROM job.job AS j
		WHERE $2::text IS NULL AND j.gtin = g
			AND (j.made_at, j.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
		ORDER BY j.made_at DESC, j.id DESC LIMIT $3::bigint) AS o
	UNION ALL
	(SELECT j, j.made_at, j.id FROM job.job AS j
	WHERE $2::text IS NULL AND (SELECT gtins IS NOT NULL FROM asked) AND j.gtin IS NULL
		AND (j.made_at, j.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
	ORDER BY j.made_at DESC, j.id DESC LIMIT $3::bigint)
) AS found (j, made_at, id)
ORDER BY made_at DESC, id DESC LIMIT $3::bigint
