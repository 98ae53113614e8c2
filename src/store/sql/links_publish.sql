-- links_publish: operator; $1 places as JSON, as trace.publish_links() takes them
SELECT trace.publish_links($1::jsonb)
