-- touch_brand: console, jobs, operator; $1 brand id
SELECT pub.touch_brand($1::bigint)
