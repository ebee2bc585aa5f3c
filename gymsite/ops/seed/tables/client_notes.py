"""What trainers noted of their clients."""

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.columns import MINUTE, Table, Words
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.appointments import COMPLETED, Appointments

SHARE = 0.06  # of what was completed


def note_table(plan: Plan, made: Appointments) -> Table:
    random = plan.random("client notes")
    rows = np.flatnonzero(
        (made.status == COMPLETED) & (random.random(len(made)) < SHARE)
    )
    at = made.ends[rows] + random.integers(1, 40, len(rows)) * MINUTE
    order = np.argsort(at, kind="stable")
    rows = rows[order]
    said = words.words()["client_notes"]
    return Table(
        "bookings_clientnote",
        {
            "id": np.arange(1, len(rows) + 1),
            "trainer_id": made.trainer[rows] + 1,
            "client_id": made.member[rows] + 1,
            "text": Words.of(said, random.integers(0, len(said), len(rows))),
            "created_at": np.minimum(at[order], plan.now),
        },
    )
