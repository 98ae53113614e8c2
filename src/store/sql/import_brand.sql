-- import_brand: operator, jobs; $1 the brand's slug
SELECT b.id FROM trace.brand AS b WHERE b.slug = $1
