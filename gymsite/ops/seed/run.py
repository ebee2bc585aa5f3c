"""One run: refuse or clear the way, build beside the live tables, check, exchange."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import psycopg
from django.db import connections

from gymsite.ops.seed import catalog, copy, defaults, generate, publish, scale, verify
from gymsite.ops.seed.columns import Table
from gymsite.ops.seed.jobs import Crew
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.scale import SIZES
from gymsite.postgres.rows import fetch_from
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.seed", "run")

# advisory lock: two seeds of one database would build in the same schema
ONE_AT_A_TIME = 7_331_002


class Refused(Exception):
    """The database may not be seeded; the message says why and what would allow it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. ``reset`` allows to throw real people's data away."""

    scale: float
    seed: int
    day: date
    reset: bool = False
    profile: str = "all"
    size: str = SIZES[0]


@dataclass(slots=True)
class Report:
    """What came of it: rows and checksum of each table, and how many checks hold."""

    rows: dict[str, int]
    digests: dict[str, str]
    checks: int
    seconds: float = 0.0

    @property
    def checksum(self) -> str:
        listed = "\n".join(
            f"{name} {self.digests[name]}"
            for name in sorted(self.digests)
            if self.rows[name]
        )
        return hashlib.blake2b(listed.encode(), digest_size=16).hexdigest()


Progress = Callable[[str, int], None]


def seed(request: Request, progress: Progress) -> Report:
    """Fill the database.

    Raises Refused, defaults.NotGiven, verify.Broken or what the database said.

    ``progress`` hears (job, rows).
    """
    began = time.perf_counter()
    plan = Plan(
        request.seed,
        request.day,
        scale.sizes(request.scale, request.profile, request.size),
        request.profile,
    )
    with connect() as control:
        _alone(control)
        _refuse_real_data(control, request)
        control.commit()
        publish.clear_stage(control)
        try:
            report = _build_and_publish(control, plan, request, progress)
        except BaseException:
            control.rollback()
            publish.clear_stage(control)
            raise
    report.seconds = time.perf_counter() - began
    return report


def connect() -> psycopg.Connection:
    """A connection of our own to Django's database, outside of its transactions."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = connections["default"].get_connection_params() | {
        "application_name": "gymsite seed"
    }
    wanted = {name: value for name, value in given.items() if name in known}
    connection = psycopg.connect(**wanted, prepare_threshold=None)
    connection.execute("SET client_connection_check_interval = '1s'")
    connection.commit()
    return connection


def _alone(control: psycopg.Connection) -> None:
    """Wait a little: a killed run's connections live until the server notices."""
    try:
        control.execute("SET lock_timeout = '5s'")
        control.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
    except psycopg.errors.LockNotAvailable:
        raise Refused("Another seed of this database is running.") from None


def holds_people(control: psycopg.Connection) -> tuple[int, int]:
    """(users there are, how many of them no seed made)."""
    (found,) = fetch_from(control, SQL.people)
    return found.all, found.real


def _refuse_real_data(control: psycopg.Connection, request: Request) -> None:
    _, real = holds_people(control)
    if real and not request.reset:
        raise Refused(
            f"This database holds {real} {'people' if real > 1 else 'person'} that no "
            "seed made. --reset throws all of it away and seeds."
        )


def _build_and_publish(
    control: psycopg.Connection, plan: Plan, request: Request, progress: Progress
) -> Report:
    report = Report({}, {}, len(verify.checks()))
    broken: list[str] = []
    with Crew(connect_builder, lambda job: progress(job.name, job.rows)) as crew:
        plans = _plans(control)
        for table in generate.tables(plan, request.scale):
            defaults.fill(table, plans[table.name].columns)
            report.rows[table.name] = len(table)
            crew.add(copy.jobs_for(plans[table.name], table, report.digests))
            del table  # its jobs hold it as long as they need it
        for name in plans.keys() - report.rows.keys():
            report.rows[name] = 0
            crew.add(copy.jobs_for(plans[name], Table(name, {}), report.digests))
        for blueprint in plans.values():
            crew.add(copy.foreign_key_jobs(blueprint, set(plans)))
        crew.add(verify.jobs(set(plans), broken))
        crew.finish()
    if broken:
        raise verify.Broken("\n".join(broken))
    with control.transaction():
        _refuse_real_data(control, request)
        publish.publish(control, plans, report.rows)
    return report


def connect_builder() -> psycopg.Connection:
    connection = connect()
    copy.prepare(connection)
    return connection


def _plans(control: psycopg.Connection) -> dict[str, catalog.Blueprint]:
    plans = catalog.blueprints(control, list(generate.TABLES))
    control.execute(f"CREATE SCHEMA {catalog.STAGE}")
    control.commit()
    return plans


def is_inhabited() -> bool:
    with connect() as control:
        return holds_people(control)[0] > 0
