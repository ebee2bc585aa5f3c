"""Runs of the seed: the same again, nothing lost, refusals, runs broken off."""

import signal
import subprocess
import sys
from datetime import date
from itertools import count

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gymsite.core.batches import put_off
from gymsite.core.models import Outbox, PutOff, User
from gymsite.core.operations.events import record
from gymsite.ops.invariants import Invariant
from gymsite.ops.seed import catalog, generate, publish, run, verify
from tests.event_kinds import Made
from tests.ops.databases import another, environment, migrated, owned

DAY = date(2026, 11, 20)
REQUEST = run.Request(0.01, seed=1, day=DAY, profile="gym")
ALL = run.Request(0.01, seed=1, day=DAY)

# transactional: the tests commit, and pytest-django keeps its own transactions out of
# them
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("seed")]
numbers = count()


@pytest.fixture
def empty(transactional_db):
    """A new, migrated database of the test's own."""
    with migrated(f"runs{next(numbers)}"):
        yield


def quietly(job: str, rows: int) -> None:
    pass


def state() -> dict[str, object]:
    """Every table's identity, its contents' size and all that the catalog says."""
    with another() as live:
        tables = live.execute(
            "SELECT relname, oid, relfilenode FROM pg_class WHERE relnamespace = "
            "'public'::regnamespace AND relkind IN ('r', 'p', 'i', 'I', 'S')"
        ).fetchall()
        people = live.execute("SELECT count(*), max(id) FROM core_user").fetchall()
        names = list(catalog.blueprints(live, list(generate.TABLES)))
        return {
            "tables": set(tables),
            "people": people,
            "facts": catalog.facts(live, names),
        }


def staged() -> bool:
    with another() as live:
        return live.execute(
            "SELECT to_regnamespace(%s) IS NOT NULL", [catalog.STAGE]
        ).fetchone() == (True,)


class TestSameAgain:
    def test_same_scale_seed_and_date_give_the_same_rows_and_checksum(self, empty):
        first = run.seed(ALL, quietly)
        tables = self.contents()
        second = run.seed(ALL, quietly)
        assert second.checksum == first.checksum
        assert self.contents() == tables

    @pytest.mark.parametrize(
        "other", [run.Request(0.01, 2, DAY), run.Request(0.01, 1, date(2026, 11, 21))]
    )
    def test_another_seed_or_date_gives_others(self, empty, other):
        """In every table that is made by chance."""
        one, two = run.seed(ALL, quietly).digests, run.seed(other, quietly).digests
        same = {name for name in one if one[name] == two[name]}
        assert (
            same
            & {
                "core_user",
                "bookings_booking",
                "catalog_order",
                "catalog_review",
                "catalog_rental",
            }
            == set()
        )
        assert one["catalog_supplier"] == two["catalog_supplier"]

    def test_what_one_profile_leaves_out_is_empty(self, empty):
        run.seed(ALL, quietly)
        gym = run.seed(REQUEST, quietly)
        assert (
            gym.rows["catalog_order"],
            gym.rows["catalog_product"],
            gym.rows["core_user"],
        ) == (0, 0, 500)
        store = run.seed(run.Request(0.01, 1, DAY, profile="store"), quietly)
        assert (
            store.rows["bookings_booking"],
            store.rows["memberships_membership"],
        ) == (0, 0)
        assert (store.rows["core_user"], store.rows["payments_ledgerentry"]) == (
            2_000,
            2_000,
        )
        with another() as live:
            assert live.execute("SELECT count(*) FROM bookings_booking").fetchone() == (
                0,
            )

    def test_what_pages_are_kept_under_is_new_after_each(self, empty):
        """The rows have the same ids, and a running worker has drawn the old ones."""
        seen = []
        for _ in range(2):
            run.seed(REQUEST, quietly)
            with another() as live:
                seen.append(
                    dict(
                        live.execute(
                            "SELECT name, value FROM core_dataversion"
                        ).fetchall()
                    )
                )
        before, after = seen
        assert (
            set(before)
            == set(after)
            == {"brand", "branches", "timetable", "shop", "plans"}
        )
        assert [name for name in before if before[name] == after[name]] == []

    def contents(self) -> dict[str, str]:
        """What the database makes of each table, whatever the order of its rows."""
        with another() as live:
            return {
                name: live.execute(
                    "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, "
                    f"0)), 0) FROM {name} t"
                ).fetchone()[0]
                for name in generate.TABLES
            }


class TestCatalog:
    def test_everything_that_the_migrations_made_is_there_after(self, empty):
        before = state()["facts"]
        run.seed(REQUEST, quietly)
        after = state()["facts"]
        assert before - after == set()
        assert {fact.split('"')[1] for _, fact in after - before} <= {"partition"}
        assert len(before) > 500
        assert not staged()

    def test_rows_are_visible_to_index_only_scans_at_once(self, empty):
        run.seed(REQUEST, quietly)
        with another() as live:
            live.execute("SET enable_seqscan = off")
            lines = live.execute(
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT member_id, starts_at, "
                "id FROM bookings_booking ORDER BY member_id, starts_at, id"
            ).fetchall()
        plan = "\n".join(line for (line,) in lines)
        assert "Index Only Scan" in plan
        assert "Heap Fetches: 0" in plan

    def test_the_server_counts_each_row_once_and_as_analysed(self, empty):
        rows = run.seed(ALL, quietly).rows
        with another() as live:
            live.execute("SELECT pg_stat_force_next_flush()")
            counted = live.execute(
                "SELECT s.relname, n_live_tup, n_mod_since_analyze FROM "
                "pg_stat_user_tables s"
                " JOIN pg_class c ON c.oid = s.relid AND c.relkind = 'r'"
                # it reads no frozen page and guesses how many rows they have
                " WHERE last_autovacuum IS NULL"
            ).fetchall()
        assert len(counted) > 20
        assert [
            row
            for row in counted
            if rows.get(row[0], 0) > 500 and row[1:] != (rows[row[0]], 0)
        ] == []

    def test_a_thing_that_the_seed_does_not_know_stops_it(self, empty):
        with another() as live:
            live.execute("CREATE POLICY own ON core_user USING (true)")
        before = state()
        with pytest.raises(publish.CatalogChanged, match="policy"):
            run.seed(REQUEST, quietly)
        assert state() == before
        assert not staged()

    def test_a_broken_invariant_is_never_published(self, empty, monkeypatch):
        wrong = Invariant(
            "nobody", "There is nobody.", ("core_user",), "SELECT id FROM core_user"
        )
        monkeypatch.setattr(verify, "SEED_ONLY", (wrong,))
        before = state()
        with pytest.raises(verify.Broken, match="nobody: There is nobody"):
            run.seed(REQUEST, quietly)
        assert state() == before
        assert not staged()


class TestRefusals:
    def test_real_people_are_not_thrown_away(self, empty):
        self.register("ada")
        before = state()
        with pytest.raises(CommandError, match="holds 1 person that no seed made"):
            call_command("seed", scale=0.01)
        assert state() == before

    def test_unless_told_so(self, empty, capsys):
        self.register("ada")
        # events whose notices wait; the seed has others of their numbers
        for kind in Made:
            record(kind, User.objects.get(), at=timezone.now())
        assert Outbox.objects.count() == 3
        app.configure_task("bookings.release_member").defer(
            member_id=User.objects.get().pk, actor_id=None
        )
        put_off(
            "bookings.close_lines",
            1,
            RuntimeError("of the brand before"),
            now=timezone.now(),
        )
        connections.close_all()
        call_command("seed", scale=0.01, reset=True, date=DAY)
        assert "checksum" in capsys.readouterr().out
        assert not Outbox.objects.exists()
        assert not PutOff.objects.exists()
        # it would close the account that has this number by now
        assert not ProcrastinateJob.objects.exists()
        assert not User.objects.filter(username="ada").exists()

    def test_a_seeded_database_may_be_seeded_again_until_somebody_joins(self, empty):
        run.seed(REQUEST, quietly)
        run.seed(REQUEST, quietly)
        self.register("ada")
        connections.close_all()
        with pytest.raises(run.Refused, match="1 person"):
            run.seed(REQUEST, quietly)

    def test_if_empty_leaves_a_database_with_people_alone(self, empty, capsys):
        self.register("ada")
        before = state()
        call_command("seed", scale=0.01, if_empty=True)
        assert "nothing is seeded" in capsys.readouterr().out
        assert state() == before

    @pytest.mark.parametrize(
        "allowed", [{}, {"reset": True}, {"destroy_production_data": True}]
    )
    def test_production_takes_two_words(self, empty, settings, allowed):
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="This is production"):
            call_command("seed", scale=0.01, **allowed)

    def test_one_seed_at_a_time(self, empty):
        with another() as live:
            live.execute("SELECT pg_advisory_lock(%s)", [run.ONE_AT_A_TIME])
            with pytest.raises(run.Refused, match="Another seed"):
                run.seed(REQUEST, quietly)

    def test_a_wrong_scale_is_said_in_words(self, empty):
        with pytest.raises(CommandError, match="--scale must be from"):
            call_command("seed", scale=99)

    def register(self, name: str) -> None:
        User.objects.create(
            username=name,
            email=f"{name}@example.com",
            password="!",
            date_joined="2026-01-01T00:00Z",
        )
        connections.close_all()


# What holds the run up at a known point: a lock that it has to wait for.
BUILDING = "LOCK TABLE core_brand IN ACCESS EXCLUSIVE MODE"
PUBLISHING = "LOCK TABLE core_user IN ACCESS SHARE MODE"


@pytest.mark.parametrize(
    "held_up", [BUILDING, PUBLISHING], ids=["building", "publishing"]
)
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill -9"]
)
class TestBrokenOff:
    """A real process on a database that holds an earlier seed, ended half way."""

    def test_leaves_everything_as_it_was_and_the_next_run_works(
        self, empty, held_up, number
    ):
        run.seed(REQUEST, quietly)
        before = state()
        with another() as rival:
            with rival.transaction():
                rival.execute(held_up)
                process = self.start()
                self.await_held_up(rival.info.backend_pid)
                assert staged()
                process.send_signal(number)
                process.wait(timeout=60)
            said = process.stderr.read()
            self.await_gone()
        assert process.returncode == (130 if number == signal.SIGINT else -number), said
        assert state() == before
        if number == signal.SIGINT:
            assert "as it was before" in said
            assert not staged()
        again = run.seed(run.Request(0.01, 2, DAY, profile="gym"), quietly)
        assert again.rows["core_user"] == 500
        assert not staged()

    def start(self) -> subprocess.Popen:
        return subprocess.Popen(
            [
                sys.executable,
                "manage.py",
                "seed",
                "--scale",
                "0.01",
                "--random-seed",
                "2",
            ],
            cwd=settings.BASE_DIR,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def await_held_up(self, rival: int) -> None:
        self.until(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE %s = "
            "ANY(pg_blocking_pids(pid))",
            rival,
        )

    def await_gone(self) -> None:
        self.until(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = "
            "'gymsite seed' AND datname = current_database()"
        )

    def until(self, question: str, *values) -> None:
        """Ask the server until it says yes; the server itself paces the asking."""
        with another() as live:
            for _ in range(1_200):
                if live.execute(question, values).fetchone() == (True,):
                    return
                live.execute("SELECT pg_sleep(0.05)")
        raise AssertionError(f"never: {question}")


def test_connections_other_than_the_sites_survive_the_exchange(empty):
    """A reader with a prepared statement finds the new rows in the new tables."""
    run.seed(REQUEST, quietly)
    with another() as reader:
        query = "SELECT count(*) FROM core_user"
        assert reader.execute(query, prepare=True).fetchone() == (500,)
        run.seed(run.Request(0.02, 1, DAY, profile="gym"), quietly)
        assert reader.execute(query, prepare=True).fetchone() == (1_000,)


def test_a_missing_table_is_said_in_words(empty):
    with another() as live:
        live.execute("DROP TABLE core_notification")
    with pytest.raises(LookupError, match="no table core_notification"):
        run.seed(REQUEST, quietly)


def test_the_owner_of_the_database_needs_no_superuser(transactional_db):
    with owned(f"runs{next(numbers)}"):
        call_command("migrate", verbosity=0)
        before = state()["facts"]
        first = run.seed(REQUEST, quietly)
        assert run.seed(REQUEST, quietly).checksum == first.checksum
        assert before - state()["facts"] == set()
        with another() as live:
            assert live.execute(
                "SELECT usesuper FROM pg_user WHERE usename = current_user"
            ).fetchone() == (False,)
            assert live.execute("SELECT count(*) FROM core_user").fetchone() == (500,)
            assert not live.execute(
                "SELECT has_parameter_privilege('wal_compression', 'SET')"
            ).fetchone()[0]
