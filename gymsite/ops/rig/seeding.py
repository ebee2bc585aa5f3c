"""A brand of a tool's own: a database, migrated, filled by ``manage.py seed``."""

from django.db import connection

from gymsite.ops.rig import programs
from gymsite.ops.rig.databases import Databases
from gymsite.postgres.rows import fetch_one

SEEDED = "gymsite_bench"
WHOLE = "all"  # of the seed's profiles
COUNTED = (
    "core_user",
    "bookings_booking",
    "bookings_checkin",
    "bookings_classsession",
    "bookings_waitlistentry",
    "bookings_trainer",
    "bookings_appointment",
    "catalog_product",
    "catalog_cart",
    "catalog_cartitem",
    "catalog_order",
    "catalog_review",
    "catalog_stockentry",
)


class Brand:
    """The database SEEDED; ``env`` is server.environment's."""

    def __init__(
        self, databases: Databases, env: dict[str, str], profile: str = WHOLE
    ) -> None:
        self.databases = databases
        self.env = env
        self.profile = profile

    def prepare(self) -> None:
        """An empty, migrated database."""
        self.databases.create(SEEDED)
        programs.manage("migrate", "-v", 0, env=self.env)

    def seed(self, scale: float, *more: str) -> programs.Run:
        self.databases.settle()
        asked = ("--profile", self.profile, "--scale", scale, "--reset", *more)
        return programs.manage("seed", *asked, env=self.env)


def sizes() -> dict[str, int]:
    """The tables that the other groups read, with their rows."""
    return {name.partition("_")[2]: count(name) for name in COUNTED}


def count(table: str) -> int:
    """All rows of a table."""
    name = connection.ops.quote_name(table)
    return fetch_one(f"SELECT count(*) AS rows FROM {name}").rows
