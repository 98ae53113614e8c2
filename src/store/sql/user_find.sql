-- user_find: operator; $1 name
SELECT id, brand_id FROM team.account WHERE name = $1
