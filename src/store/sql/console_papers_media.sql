-- console_papers_media: console; $1 SHA-256
-- A file of the brand as the console shows it, public or not: bytes, media type, whether it is to be saved only.
(SELECT l.bytes, 'image/jpeg' AS media_type, 0::bigint FROM trace.logo AS l WHERE l.sha256 = $1::bytea LIMIT 1)
UNION ALL
(SELECT p.bytes, 'image/jpeg', 0::bigint FROM trace.photo AS p WHERE p.sha256 = $1::bytea AND p.bytes IS NOT NULL LIMIT 1)
UNION ALL
(SELECT f.bytes, f.media_type, 1::bigint FROM trace.paper_file AS f WHERE f.sha256 = $1::bytea LIMIT 1)
LIMIT 1
