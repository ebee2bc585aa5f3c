"""What PostgreSQL knows of the tables to be exchanged: enough to build each again and
to prove that it is the same."""

import re
from dataclasses import dataclass, field

import psycopg

from gymsite.ops.seed.declared import statements

STAGE = "gymsite_seed"

# The tables given and every table that refers to one of them, directly or through
# others.
CLOSURE = """
WITH RECURSIVE affected(id) AS (
    SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)
    UNION
    SELECT conrelid FROM pg_constraint JOIN affected ON confrelid = id WHERE contype = 'f' AND conparentid = 0
)
SELECT c.oid, c.relname, pg_get_partkeydef(c.oid), obj_description(c.oid, 'pg_class')
FROM pg_class c JOIN affected ON c.oid = id ORDER BY c.relname
"""
COLUMNS = """
SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
KEYS = """
SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s AND contype IN ('p', 'u', 'x', 'f') AND conparentid = 0 ORDER BY contype, conname
"""
# Kind and columns of a key that an index can be made for first: while that is built so
# may others be, but a constraint wants the table to itself. What is deferrable or takes
# NULLs for equal is left as it is.
PLAIN_KEY = re.compile(r"(PRIMARY KEY|UNIQUE) (\(.*\))")
INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %s AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND conrelid = i.indrelid)
ORDER BY c.relname
"""
TRIGGERS = """
SELECT tgname, pg_get_triggerdef(oid), tgenabled::text, obj_description(oid, 'pg_trigger') FROM pg_trigger
WHERE tgrelid = %s AND NOT tgisinternal ORDER BY tgname
"""
PARTITIONS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
WHERE inhparent = %s ORDER BY c.relname
"""
COUNTERS = """
SELECT s.relname, q.seqtypid::regtype::text FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid
WHERE d.refobjid = %s AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass
"""
SEQUENCES = """
SELECT s.relname, a.attname FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refobjid = %s AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
"""


@dataclass(slots=True)
class Blueprint:
    """One table as it has to be made again. ``keys`` are its primary, unique and
    exclusion constraints but for those ``of_indexes``, ``sequences`` those that a
    column owns without being its identity, ``counters`` the identities' own with their
    types. Keys, indexes and triggers are statements that make them in the schema
    ``STAGE``.
    """

    name: str
    partition_by: str | None
    comment: str | None
    columns: dict[str, str]
    keys: dict[str, str]
    of_indexes: dict[str, str]
    foreign_keys: dict[str, str]
    indexes: dict[str, str]
    triggers: list[tuple[str, str, str, str | None]]
    partitions: dict[str, str]
    sequences: list[tuple[str, str]]
    counters: list[tuple[str, str]]
    refers_to: set[str] = field(default_factory=set)

    @property
    def has_id(self) -> bool:
        return self.columns.get("id") in ("int4", "int8")


def blueprints(
    connection: psycopg.Connection, names: list[str]
) -> dict[str, Blueprint]:
    """The tables ``names`` and all that refer to them. Raises LookupError for one that
    is not there."""
    with connection.transaction():
        # definitions name only what lies outside of public
        connection.execute("SET LOCAL search_path = public")
        tables = connection.execute(CLOSURE, [names]).fetchall()
        if missing := set(names) - {row[1] for row in tables}:
            raise LookupError(
                f"There is no table {', '.join(sorted(missing))}. Run `manage.py "
                "migrate` first."
            )
        found = {
            name: _blueprint(connection, oid, name, key, comment)
            for oid, name, key, comment in tables
        }
        for name, target in connection.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM "
            "pg_constraint WHERE contype = 'f'"
        ):
            if name in found:
                found[name].refers_to.add(target)
    return found


def _blueprint(
    connection: psycopg.Connection,
    oid: int,
    name: str,
    key: str | None,
    comment: str | None,
) -> Blueprint:
    def rows(query: str) -> list[tuple]:
        return connection.execute(query, [oid]).fetchall()

    def made(part: str, otherwise: str) -> str:
        return staged(statements().get((name, part), otherwise), name)

    keys = rows(KEYS)
    plain = {
        part: found.groups()
        for part, _, text in keys
        if not key and (found := PLAIN_KEY.fullmatch(text))
    }
    whole = {
        part: text for part, kind, text in keys if kind != "f" and part not in plain
    }
    indexes = {
        part: f'CREATE UNIQUE INDEX "{part}" ON {STAGE}.{name} {listed}'
        for part, (_, listed) in plain.items()
    }
    return Blueprint(
        name=name,
        partition_by=key,
        comment=comment,
        columns=dict(rows(COLUMNS)),
        keys={
            part: made(part, added(name, part, text)) for part, text in whole.items()
        },
        of_indexes={
            part: added(name, part, f'{kind} USING INDEX "{part}"')
            for part, (kind, _) in plain.items()
        },
        foreign_keys={
            part: added(name, part, text) for part, kind, text in keys if kind == "f"
        },
        indexes=indexes | {part: made(part, text) for part, text in rows(INDEXES)},
        triggers=[
            (part, made(part, text), enabled, comment)
            for part, text, enabled, comment in rows(TRIGGERS)
        ],
        partitions=dict(rows(PARTITIONS)),
        sequences=rows(SEQUENCES),
        counters=rows(COUNTERS),
    )


def added(table: str, name: str, definition: str) -> str:
    return f'ALTER TABLE {STAGE}.{table} ADD CONSTRAINT "{name}" {definition}'


def staged(statement: str, table: str) -> str:
    """A statement about a live table as one about the new table of that name."""
    live = rf'(\sON|^ALTER TABLE)\s+(?:ONLY\s+)?(?:public\.)?"?{table}"?(?=[\s(])'
    return re.sub(live, rf"\1 {STAGE}.{table}", statement, count=1)


# Every fact about the tables of schema public that has to be the same after the
# exchange, as (table, fact) rows.
FACTS = """
WITH tables AS (SELECT * FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname = ANY(%s))
SELECT relname, jsonb_build_array('table', relkind, relpersistence, relreplident, relrowsecurity,
    relforcerowsecurity, reloptions, pg_get_userbyid(relowner), relacl) FROM tables
UNION ALL SELECT relname, jsonb_build_array('column', attname, format_type(atttypid, atttypmod),
    attnotnull, attidentity, attgenerated, attstorage, attcompression, attcollation::regcollation, attacl,
    (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = t.oid AND adnum = attnum))
    FROM tables t JOIN pg_attribute ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT relname, jsonb_build_array('constraint', conname, pg_get_constraintdef(c.oid), convalidated)
    FROM tables t JOIN pg_constraint c ON conrelid = t.oid
UNION ALL SELECT confrelid::regclass::text, jsonb_build_array('referenced by', conrelid::regclass, conname)
    FROM tables t JOIN pg_constraint ON confrelid = t.oid WHERE contype = 'f' AND conparentid = 0
UNION ALL SELECT t.relname, jsonb_build_array('index', pg_get_indexdef(indexrelid), indisvalid)
    FROM tables t JOIN pg_index ON indrelid = t.oid
UNION ALL SELECT relname, jsonb_build_array('trigger', pg_get_triggerdef(g.oid), tgenabled)
    FROM tables t JOIN pg_trigger g ON tgrelid = t.oid WHERE NOT tgisinternal
UNION ALL SELECT relname, jsonb_build_array('policy', polname, polcmd, polpermissive, polroles::regrole[],
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    FROM tables t JOIN pg_policy ON polrelid = t.oid
UNION ALL SELECT relname, jsonb_build_array('statistics', pg_get_statisticsobjdef(e.oid))
    FROM tables t JOIN pg_statistic_ext e ON stxrelid = t.oid
UNION ALL SELECT relname, jsonb_build_array('published by', prpubid)
    FROM tables t JOIN pg_publication_rel ON prrelid = t.oid
UNION ALL SELECT t.relname, jsonb_build_array('sequence', s.relname, d.deptype, q.seqtypid::regtype, seqstart,
    seqincrement, attname)
    FROM tables t
    JOIN pg_depend d ON d.refobjid = t.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid
    JOIN pg_attribute ON attrelid = t.oid AND attnum = d.refobjsubid
UNION ALL SELECT t.relname, jsonb_build_array('comment on', pg_describe_object(d.classoid, d.objoid, d.objsubid),
    description)
    FROM tables t JOIN pg_description d ON (d.classoid = 'pg_class'::regclass AND d.objoid = t.oid)
        OR (d.classoid = 'pg_trigger'::regclass AND d.objoid IN (SELECT oid FROM pg_trigger WHERE tgrelid = t.oid))
        OR (d.classoid = 'pg_constraint'::regclass
            AND d.objoid IN (SELECT oid FROM pg_constraint WHERE conrelid = t.oid))
        OR (d.classoid = 'pg_class'::regclass AND d.objoid IN (SELECT indexrelid FROM pg_index WHERE indrelid = t.oid))
UNION ALL SELECT t.relname, jsonb_build_array('partition', c.relname, pg_get_expr(c.relpartbound, c.oid))
    FROM tables t JOIN pg_inherits ON inhparent = t.oid JOIN pg_class c ON c.oid = inhrelid
"""


def facts(connection: psycopg.Connection, names: list[str]) -> set[tuple[str, str]]:
    """(table, fact) of everything that the exchange must keep."""
    return set(
        connection.execute(
            f"SELECT relname, fact::text FROM ({FACTS}) facts (relname, fact)", [names]
        ).fetchall()
    )
