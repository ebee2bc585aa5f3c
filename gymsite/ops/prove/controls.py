"""Negative controls: a guard is taken away in the scratch database, and prove has to
report what follows.

Most scarce things are guarded twice (the statement that claims, and the constraint that
has the last word), so a control takes away what both stand on.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from gymsite.ops.prove.cluster import Cluster
from gymsite.ops.prove.provider import Provider


@dataclass(frozen=True, slots=True)
class Control:
    """``says`` is what is taken away; ``contest`` is the one that must be violated, ""
    any; ``provider`` is what its provider forgets; ``attempts`` and ``kills`` show it.
    """

    name: str
    says: str
    contest: str
    statements: str
    attempts: int = 40
    kills: int = 0
    provider: str = ""


# pgtrigger's names end in a hash
WITHOUT_TRIGGER = """
DO $$ DECLARE found name; BEGIN
    SELECT tgname INTO STRICT found FROM pg_trigger
    WHERE tgrelid = '{table}'::regclass AND tgname LIKE 'pgtrigger_{name}_%';
    EXECUTE format('DROP TRIGGER %I ON {table}', found);
END $$;
"""

CONTROLS = (
    Control(
        "places",
        "nothing counts the places that are taken, nothing checks the count",
        "last place of a class",
        WITHOUT_TRIGGER.format(table="bookings_booking", name="counts_places")
        + "ALTER TABLE bookings_classsession DROP CONSTRAINT bookings_session_places;",
    ),
    Control(
        "line",
        "nothing gives positions in the line, nothing keeps them apart",
        "last place of a class",
        WITHOUT_TRIGGER.format(table="bookings_waitlistentry", name="takes_position")
        + (
            "ALTER TABLE bookings_waitlistentry DROP CONSTRAINT "
            "bookings_waitlistentry_position_unique;"
        ),
    ),
    Control(
        "stock",
        "a sale does not move the stock, and a hold is over as it begins",
        "last item in stock",
        WITHOUT_TRIGGER.format(table="catalog_stockentry", name="moves_level")
        + """
        CREATE FUNCTION prove_moves_no_sale() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE catalog_stocklevel
            SET on_hand = on_hand + CASE NEW.kind WHEN 'sale' THEN 0 ELSE NEW.quantity END
            WHERE product_id = NEW.product_id RETURNING on_hand INTO NEW.balance;
            RETURN NEW;
        END $$;
        CREATE TRIGGER prove_moves_no_sale BEFORE INSERT ON catalog_stockentry
            FOR EACH ROW EXECUTE FUNCTION prove_moves_no_sale();
        CREATE FUNCTION prove_holds_nothing() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.expires_at := NEW.expires_at - interval ''1 hour''; RETURN NEW; END';
        CREATE TRIGGER prove_holds_nothing BEFORE INSERT ON catalog_stockhold
            FOR EACH ROW EXECUTE FUNCTION prove_holds_nothing();
        """,
    ),
    Control(
        "units",
        "two may have one unit on one day; who takes one takes half a second, so that "
        "rivals meet",
        "last rental unit",
        """
        ALTER TABLE catalog_rental DROP CONSTRAINT catalog_rental_unit_free;
        CREATE FUNCTION prove_takes_time() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
        CREATE TRIGGER prove_takes_time AFTER INSERT ON catalog_rental
            FOR EACH ROW EXECUTE FUNCTION prove_takes_time();
        """,
    ),
    Control(
        "refresh",
        "a refresh token that was used stays good",
        "one refresh token",
        """
        CREATE FUNCTION prove_stays_good() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.refresh_hash := OLD.refresh_hash; RETURN NEW; END';
        CREATE TRIGGER prove_stays_good BEFORE UPDATE ON core_apisession
            FOR EACH ROW EXECUTE FUNCTION prove_stays_good();
        """,
    ),
    Control(
        "keys",
        "a key that is there already is not recognized",
        "one idempotency key",
        """
        CREATE FUNCTION prove_knows_no_key() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.key := left(NEW.key, 150) || gen_random_uuid(); RETURN NEW; END';
        CREATE TRIGGER prove_knows_no_key BEFORE INSERT ON core_idempotencykey
            FOR EACH ROW EXECUTE FUNCTION prove_knows_no_key();
        """,
    ),
    Control(
        "charges",
        "the gateway forgets the key of a payment, so that a repeat is another charge",
        "money",
        "",
        attempts=80,
        kills=1,
        provider="forgets_keys",
    ),
    Control(
        "sweep",
        "asked what became of a charge, the gateway has heard of none",
        "money",
        "",
        provider="knows_of_nothing",
    ),
    Control(
        "commits",
        "a commit is acknowledged before it is on disk (synchronous_commit off)",
        "",
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
        if control.statements:
            connection.execute(control.statements)  # type: ignore[arg-type]
        else:
            _acknowledge_early(connection)


def _acknowledge_early(connection: psycopg.Connection) -> None:
    """For this server until its cluster is restored; ALTER SYSTEM is undone when prove
    ends."""
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
