-- name: blind
-- For all checks of other people's sessions: of another role's session only its
-- existence is shown, unless one has that role or pg_read_all_stats.
SELECT count(*) || ' sessions of other roles; as superuser: GRANT pg_monitor TO '
       || quote_ident(current_user) || ';' AS reason
FROM pg_stat_activity a
WHERE datname = current_database()
  AND usesysid IS NOT NULL
  AND NOT pg_has_role('pg_read_all_stats', 'USAGE')
  AND NOT pg_has_role(a.usesysid, 'USAGE')
HAVING count(*) > 0;
