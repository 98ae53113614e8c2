-- project_touch: jobs, operator; $1 GTINs whose documents changed, $2 GTINs where less is denied
SELECT pub.touch($1::bigint[] || $2::bigint[])
