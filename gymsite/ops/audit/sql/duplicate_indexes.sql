-- name: figures
-- Every index, and the one of those alike that is kept: it comes first, of a
-- constraint, then unique, then the older. A plain one is a duplicate of a unique one.
WITH indexes AS (
    SELECT i.indexrelid,
           i.indrelid,
           i.indisunique,
           c.relam,
           i.indkey::text AS columns,
           i.indclass::text AS classes,
           i.indcollation::text AS collations,
           i.indoption::text AS options,
           i.indnkeyatts AS keys,
           coalesce(pg_get_expr(i.indexprs, i.indrelid), '') AS expressions,
           coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
           EXISTS (
               SELECT
               FROM pg_constraint
               WHERE conindid = i.indexrelid AND conrelid = i.indrelid
           ) AS of_constraint
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indisvalid
      AND NOT i.indisexclusion
      AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
), twins AS (
    SELECT *,
           first_value(indexrelid) OVER same AS kept,
           row_number() OVER same AS place
    FROM indexes
    WINDOW same AS (
        PARTITION BY indrelid, relam, columns, classes, collations, options, keys,
            expressions, predicate
        ORDER BY of_constraint DESC, indisunique DESC, indexrelid
    )
)
SELECT indexrelid::regclass::text AS subject,
       indrelid::regclass::text AS table,
       kept::regclass::text AS kept,
       of_constraint,
       place > 1 AS duplicate,
       pg_relation_size(indexrelid) AS bytes,
       (
           SELECT conname
           FROM pg_constraint
           WHERE conindid = indexrelid AND conrelid = indrelid
           LIMIT 1
       ) AS constraint
FROM twins
ORDER BY 1;
