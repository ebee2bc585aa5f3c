-- name: figures
-- Foreign keys whose own side no index serves. A partial index serves when it leaves
-- out no more than the rows that point at nothing.
SELECT conrelid::regclass || '.' || array_to_string(columns, ', ') AS subject,
       conrelid::regclass::text AS table,
       array_to_string(columns, ', ') AS columns,
       confrelid::regclass::text AS target,
       conname AS constraint,
       greatest(reltuples, 0)::bigint AS rows
FROM pg_constraint k
JOIN pg_class c ON c.oid = conrelid
CROSS JOIN LATERAL (
    SELECT array_agg(quote_ident(attname) ORDER BY place) AS columns
    FROM unnest(conkey) WITH ORDINALITY key (number, place)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = number
) named
WHERE contype = 'f'
  AND conparentid = 0
  AND NOT EXISTS (
      SELECT
      FROM pg_index i
      WHERE i.indrelid = conrelid
        AND i.indisvalid
        AND (i.indkey::int2[])[0:cardinality(conkey) - 1] @> conkey
        AND (
            i.indpred IS NULL
            OR pg_get_expr(i.indpred, conrelid) = '(' || columns[1] || ' IS NOT NULL)'
        )
  )
ORDER BY rows DESC, 1;
