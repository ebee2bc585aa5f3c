"""Settings, as this site's sessions get them, that cost speed or safety."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size
from gymsite.postgres.statements import statements

KB, BLOCK = 1024, 8192


class Rule(NamedTuple):
    """``hurts`` says whether a setting's value hurts a database of some size.

    The value is in bytes where it is a size.
    """

    hurts: Callable[[str | float, float], bool]
    level: Level
    why: str
    remedy: str


def off(value: str | float, database: float) -> bool:
    return value == "off"


SYSTEM, HERE = "ALTER SYSTEM SET {} = {};", "ALTER DATABASE {database} SET {} = {};"
RELOAD, RESTART = " SELECT pg_reload_conf();", " and restart the server."

RULES = {
    "shared_buffers": Rule(
        lambda value, database: (
            isinstance(value, float) and value < database and value <= 2**27
        ),
        Level.WARNING,
        "the default, and less than the database",
        SYSTEM.format("shared_buffers", "'a quarter of the memory'") + RESTART,
    ),
    "random_page_cost": Rule(
        lambda value, database: isinstance(value, float) and value > 2,
        Level.WARNING,
        "the price of a spinning disk: on any other, plans read whole tables where an "
        "index is quicker",
        HERE.format("random_page_cost", "1.1", database="{database}"),
    ),
    "work_mem": Rule(
        lambda value, database: isinstance(value, float) and value < 8 * 2**20,
        Level.WARNING,
        "sorts and hashes of a few thousand rows go to the disk",
        HERE.format("work_mem", "'16MB'", database="{database}"),
    ),
    "jit": Rule(
        lambda value, database: value == "on (available)",
        Level.WARNING,
        "compiling takes longer than the statements of a site do",
        HERE.format("jit", "off", database="{database}"),
    ),
    "autovacuum": Rule(
        off,
        Level.CRITICAL,
        "dead rows stay and numbers run out",
        SYSTEM.format("autovacuum", "on") + RELOAD,
    ),
    "track_counts": Rule(
        off,
        Level.CRITICAL,
        "autovacuum is blind, and so is this audit",
        SYSTEM.format("track_counts", "on") + RELOAD,
    ),
    "fsync": Rule(
        off,
        Level.CRITICAL,
        "a power cut destroys the database",
        SYSTEM.format("fsync", "on") + RELOAD,
    ),
    "full_page_writes": Rule(
        off,
        Level.CRITICAL,
        "a power cut destroys pages",
        SYSTEM.format("full_page_writes", "on") + RELOAD,
    ),
    "synchronous_commit": Rule(
        off,
        Level.WARNING,
        "a crash takes back bookings and payments that people were told of",
        HERE.format("synchronous_commit", "on", database="{database}"),
    ),
    "enable_seqscan": Rule(
        off,
        Level.WARNING,
        "meant for trying plans out",
        HERE.format("enable_seqscan", "on", database="{database}"),
    ),
    "enable_indexscan": Rule(
        off,
        Level.WARNING,
        "meant for trying plans out",
        HERE.format("enable_indexscan", "on", database="{database}"),
    ),
    "track_io_timing": Rule(
        off,
        Level.INFO,
        "nobody can tell slow disks from slow plans",
        SYSTEM.format("track_io_timing", "on") + RELOAD,
    ),
}

SQL = statements("gymsite.ops.audit", "settings")


def judge(row: Row) -> Finding | None:
    rule = RULES[row["subject"]]
    value = _value(row)
    if not rule.hurts(value, row["database_bytes"]):
        return None
    return Finding(
        rule.level,
        row["subject"],
        f"{_shown(row)} (from {row['source']}): {rule.why}.",
        rule.remedy.format(database=row["database"]),
    )


def _value(row: Row) -> str | float:
    """The setting as a word, a number, or a number of bytes."""
    try:
        number = float(row["setting"])
    except ValueError:
        return row["setting"]
    return number * {"kB": KB, "8kB": BLOCK, "MB": 2**20}.get(row["unit"], 1)


def _shown(row: Row) -> str:
    value = _value(row)
    return size(value) if row["unit"] and isinstance(value, float) else row["setting"]


def sums(rows: Sequence[Row]) -> str:
    shown = ("shared_buffers", "work_mem", "random_page_cost", "jit")
    return ", ".join(
        f"{row['subject']} {_shown(row)}" for row in rows if row["subject"] in shown
    )


CHECK = Check(
    "settings",
    "No setting costs speed or safety.",
    SQL.figures,
    judge,
    sums,
    values={"names": list(RULES)},
)
