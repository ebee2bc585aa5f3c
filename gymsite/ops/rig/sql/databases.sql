-- name: mark
-- What a database's comment says, which tells who made it.
-- parameters: name name
SELECT shobj_description(oid, 'pg_database') AS mark
FROM pg_database
WHERE datname = %(name)s;
