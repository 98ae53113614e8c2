-- policy_scheduled: jobs; $1 job
SELECT brand_id, gtin FROM trace.publish_scheduled($1::bigint)
