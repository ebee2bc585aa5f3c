-- name: without_path
-- Functions that need a search path and have none. procrastinate's and pgtrigger's come
-- again with their own upgrades, and pgtrigger's names no table. A body that was parsed
-- when the function was made (RETURN, BEGIN ATOMIC) knows its tables, and with a
-- setting would not be inlined. Nor would a table that statements share: it names the
-- schema of what it reads itself.
SELECT p.oid::regprocedure::text AS signature
FROM pg_proc p
WHERE pronamespace = 'public'::regnamespace
  AND prokind = 'f'
  AND prosqlbody IS NULL
  AND NOT (
      proretset
      AND provolatile = 's'
      AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql')
  )
  AND proname !~ '^(procrastinate_|_pgtrigger_)'
  AND NOT EXISTS (
      SELECT FROM unnest(proconfig) setting WHERE starts_with(setting, 'search_path=')
  )
  AND NOT EXISTS (
      SELECT
      FROM pg_depend
      WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
  )
ORDER BY 1;
