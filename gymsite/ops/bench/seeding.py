"""Group seed: a million rows, against pg_restore of the database that was made."""

import tempfile
from pathlib import Path

from gymsite.ops.bench.report import Row
from gymsite.ops.rig import programs
from gymsite.ops.rig.databases import Databases, using
from gymsite.ops.rig.seeding import SEEDED, Brand, count
from gymsite.ops.rig.stats import median, ratio_to_floor
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.bench", "seeding")

RESTORED = "gymsite_bench_restored"
REFERENCE_SECONDS = 186.7
MOST_TIMES_RESTORE = 1.3
MOST_TIMES_A_ROW = 1.15
MOST_MEMORY = 1500.0  # MB
PROFILES = (
    "gym",
    "store",
    "training",
)  # those that are measured, each with its own floor
REFERENCES = {"gym": REFERENCE_SECONDS}


class Seeding(Brand):
    """Seeds a database of its own and restores its dump into another, in turns."""

    def __init__(self, databases: Databases, env: dict[str, str], profile: str) -> None:
        super().__init__(databases, env, profile)
        self.seeds: list[programs.Run] = []
        self.restores: list[programs.Run] = []
        self.rows = 0
        self.dump_megabytes = 0.0

    def measure(self, scale: float, rounds: int) -> None:
        """Rounds of seed, dump, restore."""
        for _ in range(rounds):
            self.seeds.append(self.seed(scale))
            self.restores.append(self._restore())
        with using(NAME=SEEDED):
            self.rows = count_rows()

    def measure_alone(self, scale: float) -> None:
        """One seed without its floor."""
        self.seeds.append(self.seed(scale))
        with using(NAME=SEEDED):
            self.rows = count_rows()

    def _restore(self) -> programs.Run:
        with tempfile.TemporaryDirectory() as directory:
            dump = Path(directory) / "brand.dump"
            self.databases.program("pg_dump", "-Fc", "-Z0", "-f", dump, database=SEEDED)
            self.dump_megabytes = dump.stat().st_size / 1e6
            self.databases.create(RESTORED)
            self.databases.settle()
            done = self.databases.program(
                "pg_restore", "-j2", "--exit-on-error", dump, database=RESTORED
            )
        self.databases.drop(RESTORED)
        return done

    def row(self, scale: float) -> Row:
        seconds = [run.seconds for run in self.seeds]
        floors = [run.seconds for run in self.restores]
        ratio = ratio_to_floor(seconds, floors)
        peak = max(run.peak_memory for run in self.seeds)
        return Row(
            group="seed",
            name=f"seed --profile {self.profile} --scale {scale:g}",
            data=f"{self.rows:,} rows, dump of {self.dump_megabytes:,.0f} MB",
            value=median(seconds),
            unit="s",
            rounds=seconds,
            floor="pg_restore -j2",
            floor_value=median(floors),
            ratio=ratio,
            reference=REFERENCES.get(self.profile) if scale == 1 else None,
            target=f"<= {MOST_TIMES_RESTORE} of floor, < {MOST_MEMORY:,.0f} MB",
            met=(ratio <= MOST_TIMES_RESTORE and peak < MOST_MEMORY)
            if scale >= 1
            else None,
            note=f"{self.rows / median(seconds):,.0f} rows/s, peak {peak:,.0f} MB",
        )


def per_row(ten: Seeding, one: Seeding) -> Row:
    """Scale 10 against scale 1, a row."""
    costs = [
        median([run.seconds for run in each.seeds]) / each.rows * 1e6
        for each in (ten, one)
    ]
    peak = max(run.peak_memory for run in ten.seeds)
    ratio = costs[0] / costs[1]
    return Row(
        group="seed",
        name="a row at scale 10",
        data=f"{ten.rows:,} and {one.rows:,} rows",
        value=costs[0],
        unit="us",
        floor="a row at scale 1",
        floor_value=costs[1],
        ratio=ratio,
        target=f"<= {MOST_TIMES_A_ROW} of floor, < {MOST_MEMORY:,.0f} MB",
        met=ratio <= MOST_TIMES_A_ROW and peak < MOST_MEMORY,
        note=f"peak {peak:,.0f} MB",
    )


def count_rows() -> int:
    """All rows of the product's tables."""
    apps = ["core", "memberships", "bookings", "catalog", "payments"]
    return sum(count(row.name) for row in fetch_all(SQL.tables, {"apps": apps}))
