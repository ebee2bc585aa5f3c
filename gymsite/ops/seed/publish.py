"""The exchange: the new tables take the old ones' place, or nothing happens."""

from collections.abc import Iterable

import psycopg

from gymsite.core.models import stamp_anew
from gymsite.ops.seed import catalog
from gymsite.ops.seed.accounts import FIRST_SERIAL
from gymsite.ops.seed.catalog import STAGE, Blueprint

# Tables that point at rows without a foreign key, and hold nothing that outlives these.
LEFTOVERS = (
    "core_outbox",
    "core_putoff",
    "core_idempotencykey",
    "core_throttle",
    "bookings_checkinnonce",
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
)
LONGEST_WAIT = "20s"


class CatalogChanged(Exception):
    """The new tables would differ from the old ones in more than their rows."""


def publish(
    connection: psycopg.Connection, plans: dict[str, Blueprint], rows: dict[str, int]
) -> None:
    """Put the new tables in the place of the old ones.

    Raises CatalogChanged, or LockNotAvailable after 20 seconds.

    Runs within the caller's transaction. ``rows`` says how many rows each table got,
    for the sequences.
    """
    names = sorted(plans)
    connection.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
    connection.execute("SET LOCAL search_path = public")
    connection.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
    before = catalog.facts(connection, names)
    _keep_sequences(connection, plans.values())
    connection.execute(f"DROP TABLE {', '.join(names)}")
    for name in catalog.staged_tables(connection):
        connection.execute(f"ALTER TABLE {STAGE}.{name} SET SCHEMA public")
    _return_sequences(connection, plans.values(), rows)
    connection.execute(f"DROP SCHEMA {STAGE}")
    _compare(before, catalog.facts(connection, names))
    connection.execute(f"TRUNCATE {', '.join(LEFTOVERS)}")
    connection.execute(
        "ALTER SEQUENCE core_member_number RESTART WITH "
        f"{FIRST_SERIAL + rows['core_user']}"
    )
    connection.execute(stamp_anew("brand", "branches", "timetable", "shop", "plans"))


def _keep_sequences(connection: psycopg.Connection, plans: Iterable[Blueprint]) -> None:
    """A sequence that a column owns would go with the old table."""
    for plan in plans:
        for sequence, _ in plan.sequences:
            connection.execute(f"ALTER SEQUENCE public.{sequence} OWNED BY NONE")


def _return_sequences(
    connection: psycopg.Connection, plans: Iterable[Blueprint], rows: dict[str, int]
) -> None:
    for plan in plans:
        for sequence, column in plan.sequences:
            connection.execute(
                f"ALTER SEQUENCE public.{sequence} OWNED BY public.{plan.name}.{column}"
            )
            connection.execute(
                f"ALTER SEQUENCE public.{sequence} RESTART WITH "
                f"{rows.get(plan.name, 0) + 1}"
            )


def _compare(before: set[tuple[str, str]], after: set[tuple[str, str]]) -> None:
    """Nothing may be lost; all that may come is partitions of further months."""
    lost = before - after
    come = {fact for fact in after - before if not fact[1].startswith('["partition"')}
    if lost or come:
        listed = [f"  - {table}: {fact}" for table, fact in sorted(lost)]
        listed += [f"  + {table}: {fact}" for table, fact in sorted(come)]
        raise CatalogChanged(
            "The new tables would differ from the old ones:\n" + "\n".join(listed[:20])
        )


def clear_stage(connection: psycopg.Connection) -> None:
    """Remove what a run that was broken off left behind."""
    connection.execute("SET client_min_messages = warning")
    connection.execute(f"DROP SCHEMA IF EXISTS {STAGE} CASCADE")
    connection.commit()
