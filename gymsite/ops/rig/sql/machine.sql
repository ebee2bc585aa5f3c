-- name: settings
-- Settings of the server by name, as this session has them.
-- parameters: names text[]
SELECT name, current_setting(name) AS setting, setting AS raw
FROM pg_settings
WHERE name = ANY (%(names)s);
