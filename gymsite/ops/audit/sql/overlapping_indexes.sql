-- name: figures
-- Indexes that are the start of another, column for column: not unique (a unique one
-- keeps a promise), B-tree, of the same rows.
WITH indexes AS (
    SELECT i.*,
           c.relname,
           pg_relation_size(i.indexrelid) AS bytes,
           (indkey::int2[])[0:indnkeyatts - 1] AS keys,
           (indclass::oid[])[0:indnkeyatts - 1] AS classes,
           (indcollation::oid[])[0:indnkeyatts - 1] AS collations,
           (indoption::int2[])[0:indnkeyatts - 1] AS options,
           coalesce(pg_get_expr(indpred, indrelid), '') AS predicate
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree'
    WHERE i.indisvalid
      AND i.indexprs IS NULL
      AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
)
SELECT short.indexrelid::regclass::text AS subject,
       short.indrelid::regclass::text AS table,
       long.indexrelid::regclass::text AS covered_by,
       short.bytes,
       long.bytes AS other_bytes
FROM indexes short
JOIN indexes long
    ON long.indrelid = short.indrelid
    AND long.predicate = short.predicate
    AND long.indnkeyatts > short.indnkeyatts
    AND short.indnatts = short.indnkeyatts
    AND short.keys = long.keys[1:short.indnkeyatts]
    AND short.classes = long.classes[1:short.indnkeyatts]
    AND short.collations = long.collations[1:short.indnkeyatts]
    AND short.options = long.options[1:short.indnkeyatts]
WHERE NOT short.indisunique
ORDER BY 1, 3;
