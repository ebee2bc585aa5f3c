-- name: neighbours
-- The default partition, if any, and what the table's foreign keys point at.
-- parameters: table text
SELECT nullif(partdefid, 0)::regclass::text AS default,
       ARRAY(
           SELECT DISTINCT confrelid::regclass::text
           FROM pg_constraint
           WHERE conrelid = partrelid AND contype = 'f'
           ORDER BY 1
       ) AS referred_to
FROM pg_partitioned_table
WHERE partrelid = %(table)s::regclass;

-- name: months_before
-- A table's partitions of the months before one, by their names.
-- parameters: table text, name name
SELECT relname AS name
FROM pg_inherits
JOIN pg_class ON oid = inhrelid
WHERE inhparent = %(table)s::regclass
  AND relname < %(name)s
  AND relname ~ '_[0-9]{4}_[0-9]{2}$'
ORDER BY relname;
