-- team_show_link: console; $1 id of a link, $2 its SHA-256 (hex), $3 language
SELECT l.name, l.brand FROM team.show_link($1::text, decode($2::text, 'hex'), $3::text) AS l
