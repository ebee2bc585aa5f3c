"""What PostgreSQL alone can do: the bare transactions that bookings are measured
against, under pgbench."""

import re
import tempfile
from pathlib import Path

from gymsite.ops.rig.databases import Databases

DATABASE = "gymsite_bench_floor"
CLIENTS = 8
SESSIONS = 2000
HOT_CAPACITY = 20

# Shaped as ours, with the constraints that make the same promise: no place sold twice,
# no member twice in a session.
TABLES = f"""
CREATE TABLE session (
    id int PRIMARY KEY, capacity int NOT NULL, booked_count int NOT NULL DEFAULT 0,
    waitlist_last int NOT NULL DEFAULT 0, CHECK (booked_count BETWEEN 0 AND capacity)
);
CREATE TABLE booking (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, session_id int NOT NULL REFERENCES session,
    member_id bigint NOT NULL, status text NOT NULL, booked_at timestamptz NOT NULL, UNIQUE (session_id, member_id)
);
CREATE TABLE waitlist (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, session_id int NOT NULL REFERENCES session,
    member_id bigint NOT NULL, position int NOT NULL, joined_at timestamptz NOT NULL,
    UNIQUE (session_id, position), UNIQUE (session_id, member_id)
);
INSERT INTO session (id, capacity) SELECT n, 1000000000 FROM generate_series(1, {SESSIONS}) n;
"""

BOOK = f"""
\\set session random(1, {SESSIONS})
\\set member random(1, 9000000000000000000)
BEGIN;
UPDATE session SET booked_count = booked_count + 1 WHERE id = :session AND booked_count < capacity;
INSERT INTO booking (session_id, member_id, status, booked_at) VALUES (:session, :member, 'booked', now());
END;
"""

# The session is full after its first moments, as a hot one is: from then on everybody
# joins the waitlist.
BOOK_OR_QUEUE = """
\\set member random(1, 9000000000000000000)
BEGIN;
WITH place AS (
    UPDATE session SET booked_count = booked_count + 1 WHERE id = 0 AND booked_count < capacity RETURNING id
) SELECT count(*) AS placed FROM place \\gset
\\if :placed
INSERT INTO booking (session_id, member_id, status, booked_at) VALUES (0, :member, 'booked', now());
\\else
UPDATE session SET waitlist_last = waitlist_last + 1 WHERE id = 0 RETURNING waitlist_last \\gset
INSERT INTO waitlist (session_id, member_id, position, joined_at) VALUES (0, :member, :waitlist_last, now());
\\endif
END;
"""


class Floor:
    """The tables in a database of their own, and transactions a second on them."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.name = databases.create(DATABASE)
        with databases.connect(self.name) as server:
            server.execute(TABLES)

    def bookings(self, seconds: float) -> float:
        """Conditional UPDATE + INSERT over 2,000 sessions."""
        return self._rate(BOOK, seconds)

    def hot_session(self, seconds: float) -> float:
        """The same on one session of 20 places that everybody wants, with its
        waitlist."""
        with self.databases.connect(self.name) as server:
            server.execute(
                "TRUNCATE waitlist; DELETE FROM booking WHERE session_id = 0"
            )
            server.execute("DELETE FROM session WHERE id = 0")
            server.execute(
                "INSERT INTO session (id, capacity) VALUES (0, %s)", [HOT_CAPACITY]
            )
        return self._rate(BOOK_OR_QUEUE, seconds)

    def _rate(self, script: str, seconds: float) -> float:
        whole = max(round(seconds), 1)
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "transaction.sql"
            file.write_text(script)
            options = ["-n", "-c", CLIENTS, "-j", 2, "-T", whole, "-f", file]
            done = self.databases.program("pgbench", *options, database=self.name)
        found = re.search(r"^tps = ([\d.]+)", done.output, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"pgbench said:\n{done.output}")
        return float(found.group(1))
