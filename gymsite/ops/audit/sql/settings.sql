-- name: figures
-- Settings as a session of this site has them.
-- parameters: names text[]
SELECT name AS subject,
       CASE WHEN name = 'jit' AND setting = 'on' AND pg_jit_available()
           THEN 'on (available)'
           ELSE setting
       END AS setting,
       unit,
       source,
       pg_database_size(current_database()) AS database_bytes,
       quote_ident(current_database()) AS database
FROM pg_settings
WHERE name = ANY (%(names)s)
ORDER BY name;
