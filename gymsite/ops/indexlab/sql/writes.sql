-- name: key
-- The columns of a table's primary key, in order.
-- parameters: table text
SELECT array_agg(
    a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)
) AS columns
FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indrelid = %(table)s::regclass AND i.indisprimary;

-- name: columns
-- A table's columns that are not generated.
-- parameters: table text
SELECT attname AS name
FROM pg_attribute
WHERE attrelid = %(table)s::regclass
  AND attnum > 0
  AND NOT attisdropped
  AND attgenerated = ''
ORDER BY attnum;
