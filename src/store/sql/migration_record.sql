-- migration_record: operator; $1 number, $2 name, $3 SHA-256 in hexadecimal digits
INSERT INTO base.migration (number, name, sha256)
VALUES ($1, $2, decode($3, 'hex'))
RETURNING to_char(applied_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
