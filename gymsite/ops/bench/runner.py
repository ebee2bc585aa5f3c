"""A whole bench: databases, server and groups in order, all gone at the end."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from gymsite.ops.bench import (
    assets,
    booking,
    endpoints,
    growth,
    jobs,
    memory,
    pages,
    shop,
    traffic,
    training,
    tuned,
)
from gymsite.ops.bench.context import Context, Pace
from gymsite.ops.bench.report import Report, Row
from gymsite.ops.bench.seeding import PROFILES, Seeding, per_row
from gymsite.ops.reporting.command import Say
from gymsite.ops.rig import programs
from gymsite.ops.rig.databases import Databases, using
from gymsite.ops.rig.machine import (
    about_machine,
    load_average,
    server_settings,
    server_version,
)
from gymsite.ops.rig.people import People
from gymsite.ops.rig.processes import stoppable
from gymsite.ops.rig.seeding import SEEDED, Brand, sizes
from gymsite.ops.rig.server import environment, job_worker, serving

# Those that read come first; bookings are made last, on what nobody measures
# afterwards.
GROUPS: dict[str, Callable[[Context], list[Row]]] = {
    "tuned": tuned.measure,
    "static": assets.measure,
    "pages": pages.measure,
    "memory": memory.measure,
    "endpoints": endpoints.measure,
    "shop": shop.measure,
    "week": traffic.week,
    "lived-in": traffic.lived_in,
    "booking": booking.measure,
    "jobs": jobs.measure,
}
SEED = "seed"
NAMES = (SEED, *GROUPS)
# megabytes that no row asks for
UNVISITED = ("--ignore", "admin", "--ignore", "ninja", "--ignore", "debug_toolbar")
JUDGED_SCALE = 1.0  # the size that the targets are set for


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    only: tuple[str, ...] = NAMES
    scale: float = JUDGED_SCALE
    scale10: bool = False
    growth: bool = False
    training: bool = False
    rounds: int = 5
    workers: int = 2
    worker_class: str = "sync"
    quick: bool = False

    @property
    def is_complete(self) -> bool:
        return set(self.only) == set(NAMES)

    @property
    def is_whole(self) -> bool:
        """What the documentation shows."""
        return self.is_complete and self.scale == JUDGED_SCALE and not self.quick

    @property
    def pace(self) -> Pace:
        return Pace.quick() if self.quick else Pace.full(self.rounds)

    @property
    def seed_rounds(self) -> int:
        return min(self.pace.rounds, 3)


def run_again(first: Report, options: Options, say: Say) -> Report:
    """``first`` with the groups of ``options`` measured again.

    Raises what ``run`` does, Refused before it begins.
    """
    first.check_fits({"scale": options.scale, "quick": options.quick})
    return first.again(run(options, say, keep=lambda part: None))


def run(options: Options, say: Say, keep: Callable[[Report], None]) -> Report:
    """Measure and answer with all rows.

    Raises Refused, UnexpectedAnswer, WrongResult, ServerFailed.

    ``say`` hears what is done now; ``keep`` gets what there is after each group, so
    that a bench that breaks off has not measured in vain.
    """
    databases = Databases()
    report = Report(_about(options), [])
    with (
        stoppable(),
        databases.held(),
        tempfile.TemporaryDirectory(prefix="gymsite-bench-") as static,
    ):
        env = environment(databases.url(SEEDED), Path(static))
        say("preparing a database of the bench's own")
        Brand(databases, env).prepare()
        for rows in _steps(options, databases, env, report.about, say):
            report.rows += rows
            report.about["load_after"] = load_average()
            keep(report)
        report.about["complete"] = options.is_complete
    return report


def _steps(
    options: Options,
    databases: Databases,
    env: dict[str, str],
    about: dict[str, Any],
    say: Say,
) -> Iterator[list[Row]]:
    """The rows of each group in turn."""
    yield _seeded(options, databases, env, say)
    if groups := [name for name in GROUPS if name in options.only]:
        with using(NAME=SEEDED):
            yield from _served(options, databases, env, groups, about, say)
    if options.scale10:
        yield [_ten_times(databases, env, say)]
    if options.growth:
        yield _grown(options, databases, env, say)
    if options.training:
        yield _trained(databases, env, say)


def _grown(
    options: Options, databases: Databases, env: dict[str, str], say: Say
) -> list[Row]:
    """The rows on brands of three sizes; only their growth is told."""
    found = {}
    for scale in growth.SCALES:
        say(f"growth: seeding gym and store at scale {scale:g}")
        brand = Brand(databases, env)
        # a new database: the one before has jobs left, and statistics of other rows
        brand.prepare()
        brand.seed(scale)
        with using(NAME=SEEDED):
            served = _served(
                replace(options, scale=scale),
                databases,
                env,
                list(growth.GROWN),
                {},
                say,
            )
            found[scale] = [row for rows in served for row in rows]
    return growth.rows(found)


def _trained(databases: Databases, env: dict[str, str], say: Say) -> list[Row]:
    found = {}
    for size, scale in training.SIZES:
        say(f"training: seeding trainers, size {size}, scale {scale:g}")
        brand = Brand(databases, env, training.PROFILE)
        brand.prepare()
        brand.seed(scale, "--size", size)
        with using(NAME=SEEDED):
            found[training.sessions()] = training.measure()
    return training.rows(found)


def _seeded(
    options: Options, databases: Databases, env: dict[str, str], say: Say
) -> list[Row]:
    """The seeds, measured if asked for; the last is the brand that others read."""
    rows = []
    for profile in PROFILES if SEED in options.only else ():
        say(
            f"seeding {profile} at scale {options.scale:g} and restoring its dump, "
            f"{options.seed_rounds} times"
        )
        seeding = Seeding(databases, env, profile)
        seeding.measure(options.scale, options.seed_rounds)
        rows.append(seeding.row(options.scale))
    if set(options.only) - {SEED}:
        say(f"seeding gym and store at scale {options.scale:g}")
        Brand(databases, env).seed(options.scale)
    return rows


def _served(
    options: Options,
    databases: Databases,
    env: dict[str, str],
    groups: list[str],
    about: dict[str, Any],
    say: Say,
) -> Iterator[list[Row]]:
    """The groups that need a server, each on the same one."""
    programs.manage("collectstatic", "--noinput", "-v", 0, *UNVISITED, env=env)
    now = datetime.now(UTC)
    serve = serving(env, workers=options.workers, worker_class=options.worker_class)
    with serve as server, job_worker(env):
        about |= _about_database() | {"server": server.description, "sizes": sizes()}
        context = Context(
            server=server,
            people=People(now),
            databases=databases,
            pace=options.pace,
            now=now,
            sizes=about["sizes"],
            judged=options.scale == JUDGED_SCALE and not options.quick,
            env=env,
            say=say,
        )
        for name in groups:
            yield GROUPS[name](context)


def _ten_times(databases: Databases, env: dict[str, str], say: Say) -> Row:
    """Scale 10 once, where nobody needs the data any more; then scale 1 again."""
    ten, again = Seeding(databases, env, "gym"), Seeding(databases, env, "gym")
    for seeding, scale in ((ten, 10.0), (again, 1.0)):
        say(f"seeding at scale {scale:g}, to compare the cost of a row")
        seeding.prepare()
        seeding.measure_alone(scale)
    return per_row(ten, again)


def _about(options: Options) -> dict[str, Any]:
    return about_machine() | {
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "scale": options.scale,
        "quick": options.quick,
        "complete": False,  # until it is
    }


def _about_database() -> dict[str, Any]:
    told = {row.name: row.raw for row in server_settings(TOLD)}
    return {"postgresql": server_version(), "settings": told, "debug": settings.DEBUG}


TOLD = (
    "fsync",
    "synchronous_commit",
    "shared_buffers",
    "max_wal_size",
    "full_page_writes",
)
