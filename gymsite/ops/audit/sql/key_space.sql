-- name: figures
-- How much of each sequence is used: of its own end or its column's, whichever is
-- nearer. A sequence of bigints is of no use to a column of integers.
SELECT quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename) AS subject,
       s.last_value AS last,
       ends.at AS end,
       o.relname AS table,
       a.attname AS column,
       format_type(a.atttypid, NULL) AS type,
       s.last_value::float8 / ends.at AS share
FROM pg_sequences s
LEFT JOIN pg_depend d
    ON d.objid = to_regclass(
        quote_ident(s.schemaname) || '.' || quote_ident(s.sequencename)
    )
    AND d.classid = 'pg_class'::regclass
    AND d.refclassid = 'pg_class'::regclass
    AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class o ON o.oid = d.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
CROSS JOIN LATERAL (
    SELECT least(s.max_value, CASE a.atttypid
        WHEN 'int2'::regtype THEN 32767
        WHEN 'int4'::regtype THEN 2147483647
        ELSE 9223372036854775807
    END) AS at
) ends
WHERE NOT s.cycle AND s.increment_by > 0
ORDER BY 7 DESC NULLS LAST, 1;

-- name: blind
-- Sequences whose last value this role may not see. Of no other kind may the privilege
-- be asked, hence the CASE.
SELECT 'the last value of ' || count(*) || ' sequences; GRANT SELECT ON ALL SEQUENCES'
       || ' IN SCHEMA public TO ' || quote_ident(current_user) || ';' AS reason
FROM pg_class
WHERE relkind = 'S'
  AND relnamespace <> 'pg_catalog'::regnamespace
  AND relpersistence <> 't'
  AND NOT CASE relkind
      WHEN 'S' THEN has_sequence_privilege(oid, 'USAGE, SELECT')
  END
HAVING count(*) > 0;
