"""Negative controls: a guard is taken away, and prove has to report what follows.

Most scarce things are guarded twice (the statement that claims, and the constraint that
has the last word), so a control takes away what both stand on.
"""

from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from gymsite.ops.prove.cluster import Cluster
from gymsite.ops.prove.provider import Provider


@dataclass(frozen=True, slots=True)
class Control:
    """``says`` is what is taken away, ``contest`` the one that must be violated.

    ``contest`` is "" for any; ``provider`` is what its provider forgets; ``attempts``
    and ``kills`` show it. ``scripts/<name>.sql`` takes it away, where that is in the
    database.
    """

    name: str
    says: str
    contest: str
    attempts: int = 40
    kills: int = 0
    provider: str = ""


CONTROLS = (
    Control(
        "places",
        "nothing counts the places that are taken, nothing checks the count",
        "last place of a class",
    ),
    Control(
        "line",
        "nothing gives positions in the line, nothing keeps them apart",
        "last place of a class",
    ),
    Control(
        "stock",
        "a sale does not move the stock, and a hold is over as it begins",
        "last item in stock",
    ),
    Control(
        "units",
        "two may have one unit on one day; who takes one takes half a second, so that "
        "rivals meet",
        "last rental unit",
    ),
    Control(
        "refresh",
        "a refresh token that was used stays good",
        "one refresh token",
    ),
    Control(
        "keys",
        "a key that is there already is not recognized",
        "one idempotency key",
    ),
    Control(
        "charges",
        "the gateway forgets the key of a payment, so that a repeat is another charge",
        "money",
        attempts=80,
        kills=1,
        provider="forgets_keys",
    ),
    Control(
        "sweep",
        "asked what became of a charge, the gateway has heard of none",
        "money",
        provider="knows_of_nothing",
    ),
    Control(
        "refunds",
        "the gateway forgets the key of a refund, so that a repeat is another one",
        "refunds",
        provider="forgets_refunds",
    ),
    Control(
        "slots",
        "nobody sees what a trainer has, and no constraint keeps it apart",
        "one slot of a trainer",
    ),
    Control(
        "credits",
        "what is charged to a pack is not counted",
        "last appointment of a pack",
    ),
    Control(
        "webhooks",
        "a payment that is settled stays open, and nothing compares it with its ledger "
        "and its thing",
        "webhooks of one payment",
    ),
    Control(
        "commits",
        "a commit is acknowledged before it is on disk (synchronous_commit off)",
        "",
        attempts=360,
        kills=2,
    ),
)
ALL = "all"
BY_NAME = {control.name: control for control in CONTROLS}
# Ten seconds, so that a crash finds commits that nothing has written yet.
FORGETFUL = {"synchronous_commit": "off", "wal_writer_delay": "10s"}


def remove(control: Control, cluster: Cluster, provider: Provider) -> None:
    """Take the guard away, in the scratch database only, or from the provider."""
    if control.provider:
        setattr(provider, control.provider, True)
        return
    with cluster.connect(cluster.place["NAME"]) as connection:
        script = Path(__file__).parent / "scripts" / f"{control.name}.sql"
        if script.exists():
            connection.execute(script.read_bytes())
        else:
            _acknowledge_early(connection)


def _acknowledge_early(connection: psycopg.Connection) -> None:
    """For this server; ALTER SYSTEM is undone when prove ends."""
    for name, value in FORGETFUL.items():
        connection.execute(
            sql.SQL("ALTER SYSTEM SET {} = {}").format(
                sql.Identifier(name), sql.Literal(value)
            )
        )
    connection.execute("SELECT pg_reload_conf()")


def restore(cluster: Cluster) -> None:
    """What a control, or a killed run with one, left in the server's configuration."""
    with cluster.connect() as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
