"""What PostgreSQL alone can do: bare transactions under pgbench."""

import re
from pathlib import Path

from gymsite.ops.rig.databases import Databases

DATABASE = "gymsite_bench_floor"
CLIENTS = 8
SCRIPTS = Path(__file__).parent / "scripts"


class Floor:
    """The tables in a database of their own, and transactions a second on them."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.name = databases.create(DATABASE)
        with databases.connect(self.name) as server:
            server.execute((SCRIPTS / "tables.sql").read_text())

    def bookings(self, seconds: float) -> float:
        """Conditional UPDATE + INSERT over 2,000 sessions."""
        return self._rate("book", seconds)

    def hot_session(self, seconds: float) -> float:
        """The same on one session of 20 places, with its waitlist."""
        with self.databases.connect(self.name) as server:
            server.execute((SCRIPTS / "hot_session.sql").read_text())
        return self._rate("book_or_queue", seconds)

    def _rate(self, script: str, seconds: float) -> float:
        options = ["-n", "-c", CLIENTS, "-j", 2, "-T", max(round(seconds), 1)]
        file = SCRIPTS / f"{script}.sql"
        done = self.databases.program(
            "pgbench", *options, "-f", file, database=self.name
        )
        found = re.search(r"^tps = ([\d.]+)", done.output, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"pgbench said:\n{done.output}")
        return float(found.group(1))
