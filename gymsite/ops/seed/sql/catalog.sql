-- name: closure
-- The tables given and every table that refers to one of them, directly or through
-- others.
-- parameters: names text[]
WITH RECURSIVE affected(id) AS (
    SELECT oid
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname = ANY (%(names)s)
    UNION
    SELECT conrelid
    FROM pg_constraint
    JOIN affected ON confrelid = id
    WHERE contype = 'f' AND conparentid = 0
)
SELECT c.oid,
       c.relname AS name,
       pg_get_partkeydef(c.oid) AS partition_by,
       obj_description(c.oid, 'pg_class') AS comment
FROM pg_class c
JOIN affected ON c.oid = id
ORDER BY c.relname;

-- name: references
-- Which table refers to which.
SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS target
FROM pg_constraint
WHERE contype = 'f';

-- name: columns
-- A table's columns and their types, in order.
-- parameters: table oid
SELECT a.attname AS name, t.typname AS type
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- name: keys
-- A table's primary, unique, exclusion and foreign keys.
-- parameters: table oid
SELECT conname AS name,
       contype::text AS kind,
       pg_get_constraintdef(oid) AS definition
FROM pg_constraint
WHERE conrelid = %(table)s AND contype IN ('p', 'u', 'x', 'f') AND conparentid = 0
ORDER BY contype, conname;

-- name: indexes
-- A table's indexes that belong to no constraint.
-- parameters: table oid
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %(table)s
  AND NOT EXISTS (
      SELECT
      FROM pg_constraint
      WHERE conindid = i.indexrelid AND conrelid = i.indrelid
  )
ORDER BY c.relname;

-- name: triggers
-- A table's own triggers.
-- parameters: table oid
SELECT tgname AS name,
       pg_get_triggerdef(oid) AS definition,
       tgenabled::text AS enabled,
       obj_description(oid, 'pg_trigger') AS comment
FROM pg_trigger
WHERE tgrelid = %(table)s AND NOT tgisinternal
ORDER BY tgname;

-- name: partitions
-- A table's partitions and their bounds.
-- parameters: table oid
SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
FROM pg_inherits
JOIN pg_class c ON c.oid = inhrelid
WHERE inhparent = %(table)s
ORDER BY c.relname;

-- name: counters
-- The sequences of a table's identities.
-- parameters: table oid
SELECT s.relname AS name, q.seqtypid::regtype::text AS type
FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_sequence q ON q.seqrelid = s.oid
WHERE d.refobjid = %(table)s AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass;

-- name: sequences
-- Sequences that a table's columns own without being their identity.
-- parameters: table oid
SELECT s.relname AS name, a.attname AS column
FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refobjid = %(table)s AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass;

-- name: staged
-- The tables of a schema, before the partitioned ones those that are not.
-- parameters: schema text
SELECT relname AS name
FROM pg_class
WHERE relnamespace = %(schema)s::regnamespace AND relkind IN ('r', 'p')
ORDER BY relkind;

-- name: facts
-- Every fact about the tables of schema public that has to be the same after the
-- exchange.
-- parameters: names text[]
WITH tables AS (
    SELECT *
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
      AND relkind IN ('r', 'p')
      AND NOT relispartition
      AND relname = ANY (%(names)s)
), facts AS (
    SELECT relname,
           jsonb_build_array(
               'table', relkind, relpersistence, relreplident, relrowsecurity,
               relforcerowsecurity, reloptions, pg_get_userbyid(relowner), relacl
           ) AS fact
    FROM tables
    UNION ALL
    SELECT relname,
           jsonb_build_array(
               'column', attname, format_type(atttypid, atttypmod), attnotnull,
               attidentity, attgenerated, attstorage, attcompression,
               attcollation::regcollation, attacl, (
                   SELECT pg_get_expr(adbin, adrelid)
                   FROM pg_attrdef
                   WHERE adrelid = t.oid AND adnum = attnum
               )
           )
    FROM tables t
    JOIN pg_attribute ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT relname,
           jsonb_build_array(
               'constraint', conname, pg_get_constraintdef(c.oid), convalidated
           )
    FROM tables t
    JOIN pg_constraint c ON conrelid = t.oid
    UNION ALL
    SELECT confrelid::regclass::text,
           jsonb_build_array('referenced by', conrelid::regclass, conname)
    FROM tables t
    JOIN pg_constraint ON confrelid = t.oid
    WHERE contype = 'f' AND conparentid = 0
    UNION ALL
    SELECT t.relname,
           jsonb_build_array('index', pg_get_indexdef(indexrelid), indisvalid)
    FROM tables t
    JOIN pg_index ON indrelid = t.oid
    UNION ALL
    SELECT relname,
           jsonb_build_array('trigger', pg_get_triggerdef(g.oid), tgenabled)
    FROM tables t
    JOIN pg_trigger g ON tgrelid = t.oid
    WHERE NOT tgisinternal
    UNION ALL
    SELECT relname,
           jsonb_build_array(
               'policy', polname, polcmd, polpermissive, polroles::regrole[],
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
           )
    FROM tables t
    JOIN pg_policy ON polrelid = t.oid
    UNION ALL
    SELECT relname,
           jsonb_build_array('statistics', pg_get_statisticsobjdef(e.oid))
    FROM tables t
    JOIN pg_statistic_ext e ON stxrelid = t.oid
    UNION ALL
    SELECT relname,
           jsonb_build_array('published by', prpubid)
    FROM tables t
    JOIN pg_publication_rel ON prrelid = t.oid
    UNION ALL
    SELECT t.relname,
           jsonb_build_array(
               'sequence', s.relname, d.deptype, q.seqtypid::regtype, seqstart,
               seqincrement, attname
           )
    FROM tables t
    JOIN pg_depend d
        ON d.refobjid = t.oid
        AND d.deptype IN ('a', 'i')
        AND d.classid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_sequence q ON q.seqrelid = s.oid
    JOIN pg_attribute ON attrelid = t.oid AND attnum = d.refobjsubid
    UNION ALL
    SELECT t.relname,
           jsonb_build_array(
               'comment on', pg_describe_object(d.classoid, d.objoid, d.objsubid),
               description
           )
    FROM tables t
    JOIN pg_description d
        ON (d.classoid = 'pg_class'::regclass AND d.objoid = t.oid)
        OR (
            d.classoid = 'pg_trigger'::regclass
            AND d.objoid IN (SELECT oid FROM pg_trigger WHERE tgrelid = t.oid)
        )
        OR (
            d.classoid = 'pg_constraint'::regclass
            AND d.objoid IN (SELECT oid FROM pg_constraint WHERE conrelid = t.oid)
        )
        OR (
            d.classoid = 'pg_class'::regclass
            AND d.objoid IN (SELECT indexrelid FROM pg_index WHERE indrelid = t.oid)
        )
    UNION ALL
    SELECT t.relname,
           jsonb_build_array(
               'partition', c.relname, pg_get_expr(c.relpartbound, c.oid)
           )
    FROM tables t
    JOIN pg_inherits ON inhparent = t.oid
    JOIN pg_class c ON c.oid = inhrelid
)
SELECT relname AS table, fact::text
FROM facts;
