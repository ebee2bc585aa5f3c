"""Sequences and integer keys that come near their end."""

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import largest, percent

NEAR, VERY_NEAR = 0.5, 0.8  # of the numbers there are

# a sequence of bigints is of no use to a column of integers
SQL = """
SELECT format('%I.%I', s.schemaname, s.sequencename) AS subject, s.last_value AS last,
    least(s.max_value, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
        ELSE 9223372036854775807 END) AS end, o.relname AS table, a.attname AS column,
    format_type(a.atttypid, NULL) AS type,
    s.last_value::float8 / least(s.max_value, CASE a.atttypid WHEN 'int2'::regtype THEN 32767
        WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END) AS share
FROM pg_sequences s
LEFT JOIN pg_depend d ON d.objid = to_regclass(format('%I.%I', s.schemaname, s.sequencename))
    AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class o ON o.oid = d.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE NOT s.cycle AND s.increment_by > 0
ORDER BY share DESC NULLS LAST, 1
"""
BLIND = """
SELECT format('the last value of %s sequences; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO %I;', count(*),
    current_user) AS reason
FROM pg_class WHERE relkind = 'S' AND relnamespace <> 'pg_catalog'::regnamespace AND relpersistence <> 't'
    AND NOT CASE relkind WHEN 'S' THEN has_sequence_privilege(oid, 'USAGE, SELECT') END  -- no other kind may be asked
HAVING count(*) > 0
"""


def judge(row: Row) -> Finding | None:
    if row["share"] is None or row["share"] < NEAR:
        return None
    column = (
        f"{row['table']}.{row['column']} ({row['type']})"
        if row["table"]
        else "no column"
    )
    widen = (
        f"ALTER TABLE {row['table']} ALTER COLUMN {row['column']} TYPE bigint; "
        "rewrites the table under a lock, so add a bigint column beside it, fill it in "
        f"batches and exchange the two. ALTER SEQUENCE {row['subject']} AS bigint;"
        if row["type"] in ("integer", "smallint")
        else f"ALTER SEQUENCE {row['subject']} AS bigint NO MAXVALUE;"
    )
    return Finding(
        Level.CRITICAL if row["share"] >= VERY_NEAR else Level.WARNING,
        row["subject"],
        f"{row['last']:,} of {row['end']:,} are used ({percent(row['share'])}) for "
        f"{column}.",
        widen,
    )


CHECK = Check(
    "key_space",
    "Sequences and integer keys are less than half used.",
    SQL,
    judge,
    largest("share", percent),
    BLIND,
    {"share": 1},
)
