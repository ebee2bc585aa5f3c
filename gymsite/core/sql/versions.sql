-- name: version
-- The version of these rows of core_dataversion together, as it stands now.
-- parameters: names text[]
SELECT version
FROM core_version(%(names)s::text[]);
