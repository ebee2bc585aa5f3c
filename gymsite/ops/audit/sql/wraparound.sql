-- name: figures
-- Transactions and multixacts since the oldest row: of the database, and of the ten
-- tables that are furthest behind.
(
    SELECT 'database ' || datname AS subject,
           age(datfrozenxid)::bigint AS transactions,
           mxid_age(datminmxid)::bigint AS multixacts,
           '' AS table
    FROM pg_database
    WHERE datname = current_database()
)
UNION ALL
(
    SELECT c.oid::regclass::text,
           age(c.relfrozenxid)::bigint,
           mxid_age(c.relminmxid)::bigint,
           c.oid::regclass::text
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 't') AND n.nspname <> 'information_schema'
    ORDER BY greatest(age(c.relfrozenxid), mxid_age(c.relminmxid)) DESC
    LIMIT 10
);
