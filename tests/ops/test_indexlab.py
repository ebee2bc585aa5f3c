"""The index lab on a small seed: plans are guarded, planted faults are named.

Nothing is ever left.
"""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from bookings.queries import waitlist
from gymsite.ops.indexlab import guard, report, run, show, whatif, writes
from gymsite.ops.reporting.pieces import markdown
from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.queries import capture, catalog, lab, plans, registry, safety
from gymsite.ops.rig.queries.catalog import Catalog, Table
from gymsite.ops.rig.queries.plans import Plan
from gymsite.ops.seed import run as seed
from gymsite.postgres.tuned_query import SORTED_BY_INDEX, Reference, TunedQuery
from tests.ops.databases import another, environment, migrated

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCALE = 0.05
# What only a site in use has: messages, API sessions, events to hand out, holds of
# carts.
IN_USE = """
INSERT INTO core_notification (
    user_id, kind, title, body, url, email_to, created_at, is_read, read_at,
    email_state, email_attempts, email_due_at, holds_until
)
SELECT u.id, 'told', 'News', '', '', '', now() - n * interval '1 hour', n % 12 > 0,
       CASE WHEN n % 12 > 0 THEN now() END,
       (ARRAY['none', 'sent', 'due', 'failed'])[1 + (n + u.id) % 4], 0, now(),
       now() + interval '1 day'
FROM (SELECT id FROM core_user ORDER BY id LIMIT 400) u, generate_series(1, 50) n;
INSERT INTO core_apisession (
    user_id, access_hash, refresh_hash, replaced_hash, access_expires_at, expires_at,
    created_at, is_active, client
)
SELECT id, sha256(convert_to('a' || id, 'UTF8')), sha256(convert_to('b' || id, 'UTF8')),
       sha256(convert_to('c' || id, 'UTF8')), now() + interval '1 hour',
       now() + interval '9 days', now(), true, ''
FROM core_user
ORDER BY id
LIMIT 5000;
INSERT INTO core_outbox (event_id, due_at)
SELECT n, now() FROM generate_series(10000001, 10002000) n;
INSERT INTO catalog_stockhold (cart_id, product_id, quantity, expires_at)
SELECT c.id, p.id, 1, now() + interval '1 hour'
FROM (SELECT id FROM catalog_cart ORDER BY id LIMIT 40) c,
     (SELECT product_id AS id FROM catalog_stocklevel ORDER BY 1 LIMIT 50) p;
"""


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A brand at 0.05 that is in use; its database is Django's for the module."""
    with django_db_blocker.unblock(), migrated("indexlab"):
        seed.seed(
            seed.Request(SCALE, seed=1, day=datetime.now(UTC).date()),
            lambda job, rows: None,
        )
        with another() as live:
            for statement in IN_USE.split(";\n"):
                if statement.strip():
                    live.execute(statement)
            live.execute("VACUUM ANALYZE")
        yield


on_seed = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("seeded"),
    pytest.mark.xdist_group("indexlab"),
]


def quiet(text: str) -> None:
    pass


def named(name: str) -> TunedQuery:
    (query,) = registry.chosen([name])
    return query


def judged(name: str) -> guard.Verdict:
    return guard.verdict(named(name), catalog.read())


@contextmanager
def changed(*statements: str) -> Iterator[None]:
    """The database with a fault in it, for this connection only."""
    with safety.rolled_back():
        execute(*statements)
        yield


def grown(known: Catalog, by: float) -> Catalog:
    """As if the appointments were so many times as many."""
    name = "bookings_appointment"
    table = known.tables[name]
    sized = Table(name, int(table.rows * by), int(table.pages * by))
    return replace(known, tables={**known.tables, name: sized})


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def index_is_there(name: str) -> bool:
    with another() as live:
        row = live.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name]
        ).fetchone()
    return row == (True,)


class TestRegistry:
    def test_each_name_is_given_once(self):
        names = [query.name for query in registry.QUERIES]
        assert len(set(names)) == len(names) > 50

    def test_the_reports_tuned_queries_are_in_it(self):
        told = {
            (query.says, query.reference.report)
            for query in registry.QUERIES
            if query.reference
        }
        assert told == {
            ("first in the waitlist", 1),
            ("the catalogue by kind of category", 2),
            ("what a member bought, by their carts", 2),
            ("the stock ledger of an order", 2),
            ("A trainer's week", 4),
            (
                "All that a trainer has in a week: classes, appointments, time away, "
                "requests",
                3,
            ),
            ("What a trainer has next, on the first page", 3),
            (
                "What takes the time of a trainer and a client on the day of an "
                "appointment",
                3,
            ),
            ("A page of a client's appointments that were, newest first", 3),
            ("A client's appointments ahead, soonest first", 3),
            ("The hours of a trainer, for free times", 3),
            ("The payment that a provider's event is about", 3),
            ("The appointment that a payment is for", 3),
            ("What a branch took in within a week, by day, trainer and kind", 3),
            ("The account of a username", 3),
            ("The account of an e-mail address", 3),
            ("All trainers that are in use, newest first", 3),
            ("Members who joined, stayed and went in two months, of a branch", 3),
            ("A member's payments, few enough to be sorted", 3),
        }

    def test_an_unknown_name_lists_those_there_are(self):
        with pytest.raises(Refused, match=r"no query nope\. There are: unread-count"):
            registry.chosen(["nope"])

    def test_a_references_speed_up_is_its_own_or_follows_from_its_times(self):
        assert Reference(1, 4.752, 0.905).speed_up == pytest.approx(5.25, abs=0.01)
        assert Reference(2, 371, 295, of_endpoint=True, times=7).speed_up == 7
        assert Reference(3, less=60).speed_up == 2.5


class TestCapture:
    pytestmark = on_seed

    def test_it_is_the_statement_that_the_product_sends(self):
        query = named("waitlist-head")
        parameters = capture.sample(query)
        statement = capture.statement_of(query, parameters)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.parameters)
            assert cursor.fetchone()[0] == waitlist.head(**parameters).pk

    def test_of_several_it_is_the_one_about_something(self):
        query = named("bought-together")
        assert (
            "catalog_productpair"
            in capture.statement_of(query, capture.sample(query)).sql
        )

    def test_an_operation_is_stopped_before_it_writes(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM core_outbox")
            before = cursor.fetchone()
            capture.statement_of(named("outbox"), {"now": datetime.now(UTC)})
            cursor.execute("SELECT count(*) FROM core_outbox")
            assert cursor.fetchone() == before

    def test_data_without_a_row_to_ask_of_is_said(self):
        query = TunedQuery("none", "", "SELECT 1 AS a WHERE false", lambda a: None, ())
        with pytest.raises(capture.NoSample, match="no row"):
            capture.sample(query)

    def test_a_function_that_asks_nothing_is_said(self):
        with pytest.raises(capture.NoSample, match="sent no statement"):
            capture.statement_of(TunedQuery("none", "", "SELECT", lambda: None, ()), {})


class TestGuard:
    pytestmark = on_seed

    def test_every_plan_is_as_it_must_be(self):
        verdicts = list(guard.guarded(registry.QUERIES, catalog.read(), quiet))
        assert {
            one.query.name: one.wrongs for one in verdicts if one.state == guard.FAILED
        } == {}
        # the shop has 138 products in 21 categories at any scale; on 15 the search goes
        # by its index all the same
        unjudged = {
            one.query.name for one in verdicts if one.state == guard.UNAVAILABLE
        }
        assert {"catalogue-by-kind"} <= unjudged <= {"catalogue-by-kind", "shop-search"}

    @pytest.mark.parametrize(
        ("name", "faults", "told"),
        [
            (
                "waitlist-first",
                ["DROP INDEX bookings_waitlist_head"],
                "there is no index bookings_waitlist_head",
            ),
            (
                "log-in-by-mail",
                ["DROP INDEX core_user_email"],
                "sequential scan of core_user, 10,000 rows",
            ),
            (
                "session-by-token",
                ["ALTER INDEX core_apisession_access_unique RENAME TO lost"],
                "no index core_apisession_access_unique",
            ),
            (
                "orders",
                ["DROP INDEX catalog_order_member"],
                "there is no index catalog_order_member",
            ),
            (
                "visits-by-hour",
                [
                    "DROP INDEX bookings_checkin_branch",
                    (
                        "CREATE INDEX bookings_checkin_branch ON bookings_checkin "
                        "(branch_id)"
                    ),
                ],
                "bookings_checkin is not read by its index alone",
            ),
        ],
    )
    def test_a_planted_fault_is_named(self, name, faults, told):
        assert judged(name).state in (guard.OK, guard.SMALL)
        with changed(*faults):
            verdict = judged(name)
        assert verdict.state == guard.FAILED
        assert any(told in wrong for wrong in verdict.wrongs), verdict.wrongs

    def test_another_index_in_its_place_is_named(self):
        """The name is there, the column is not."""
        with changed(
            "DROP INDEX bookings_booking_member_time",
            "CREATE INDEX bookings_booking_member_time ON bookings_booking (booked_at)",
            "CREATE INDEX own ON bookings_booking (member_id, starts_at, id)",
        ):
            verdict = judged("my-schedule")
        assert verdict.state == guard.FAILED
        assert (
            "bookings_booking is read by own, not by bookings_booking_member_time"
            in verdict.wrongs
        )

    def test_of_two_that_serve_a_small_table_chance_takes_one(self):
        """At a handful of trainers a day's order is as good as a trainer's own."""
        known = catalog.read()
        with changed(
            "DROP INDEX bookings_appt_trainer_time",
            "CREATE INDEX bookings_appt_trainer_time ON bookings_appointment (id)",
            "DROP INDEX bookings_appt_trainer_status",
            "ALTER TABLE bookings_appointment "
            "DROP CONSTRAINT bookings_appointment_trainer_free",
        ):
            on_few = guard.verdict(named("appointments-next"), grown(known, 0.1))
            on_many = guard.verdict(named("appointments-next"), grown(known, 10))
        assert on_few.wrongs == []
        assert on_many.wrongs == [
            "bookings_appointment is read by bookings_appt_by_time, "
            "not by bookings_appt_trainer_time"
        ]

    def test_a_sort_that_must_not_be_is_named(self):
        """The index finds the rows and has lost their order."""
        with changed(
            "DROP INDEX bookings_checkin_member",
            "CREATE INDEX bookings_checkin_member ON bookings_checkin (member_id)",
        ):
            verdict = judged("visits")
        assert verdict.state == guard.FAILED
        assert any(wrong.startswith("Sort of ") for wrong in verdict.wrongs)

    def test_more_partitions_than_would_do_are_named(self):
        query = named("visits")
        strict = TunedQuery(
            query.name, query.says, query.sample, query.ask, query.indexes, partitions=1
        )
        verdict = guard.verdict(strict, catalog.read())
        assert verdict.state == guard.FAILED
        assert "partitions are read, 1 would do" in verdict.wrongs[0]

    def test_a_sort_in_a_subquery_is_none_of_its_business(self):
        scan = {
            "Node Type": "Index Scan",
            "Index Name": "catalog_order_member",
            "Relation Name": "catalog_order",
        }
        inner = {
            "Node Type": "Sort",
            "Plan Rows": 9,
            "Parent Relationship": "SubPlan",
            "Plans": [scan],
        }
        outer = {
            "Node Type": "Limit",
            "Plan Rows": 9,
            "Plans": [inner, scan | {"Parent Relationship": "Outer"}],
        }
        query, known = named("orders"), catalog.read()
        assert guard.sorts_above(Plan(outer), query, known) == []
        sorted_ = {"Node Type": "Sort", "Plan Rows": 9, "Plans": [scan]}
        assert guard.sorts_above(
            Plan({"Node Type": "Limit", "Plans": [sorted_]}), query, known
        ) == [sorted_]

    def test_whose_time_it_is_narrows_an_index_of_times(self):
        """It knows a bigint by a bigint alone: a number as the driver sends it would be
        held against each row of that time."""
        known = catalog.read()
        assert {
            query.name: held
            for query in registry.QUERIES
            if (held := set(self.held_against_each_row(query, known)))
        } == {}

    def held_against_each_row(
        self, query: TunedQuery, known: catalog.Catalog
    ) -> Iterator[str]:
        """Indexes of times whose first column stands in a filter."""
        try:
            statement = capture.statement_of(query, capture.sample(query))
        except capture.NoSample:
            return
        with changed("SET LOCAL enable_seqscan = off"):
            nodes = list(plans.explain(statement).nodes())
        filters = {node.get("Relation Name"): node.get("Filter", "") for node in nodes}
        for node in nodes:
            index = known.indexes.get(node.get("Index Name", ""))
            if index and " USING gist (" in index.definition:
                first = re.split(r"[(,]", index.definition.partition(" gist ")[2])[1]
                number = rf"\b{first} = '\d+'::(smallint|integer)"
                if re.search(number, filters[index.table]):
                    yield index.name

    def test_the_command_fails_and_names_it(self, capsys):
        with (
            changed("DROP INDEX bookings_waitlist_head"),
            pytest.raises(CommandError, match="waitlist-first"),
        ):
            call_command("indexlab", guard=True, query=["waitlist-first", "orders"])
        said = capsys.readouterr().out
        assert "there is no index bookings_waitlist_head" in said
        assert "ok" in said

    def test_the_command_is_content_with_a_good_one(self, capsys):
        call_command("indexlab", guard=True, query=["orders"], json=True)
        assert json.loads(capsys.readouterr().out)["failed"] == []


class TestLab:
    pytestmark = on_seed

    def measured(self, name: str, **settings) -> lab.Finding:
        return lab.measure(
            named(name), catalog.read(), lab.Settings(runs=2, **settings)
        )

    def test_it_sees_the_plan_with_the_index_and_without(self):
        found, known = self.measured("waitlist-first"), catalog.read()
        assert found.dropped == [
            "bookings_waitlist_head",
            "bookings_waitlistentry_position_unique",
        ]
        kept, without = (
            plans.facts(found.kept.plan, known),
            plans.facts(found.without.plan, known),
        )
        assert "bookings_waitlist_head" in kept.indexes and not kept.sorts
        assert "bookings_waitlist_head" not in without.indexes and without.sorts
        assert len(found.kept.times) == len(found.without.times) == 2
        assert found.speed_up == found.without.median / found.kept.median

    def test_everything_is_there_again_afterwards(self):
        before = catalog.read().indexes
        for name in (
            "waitlist-first",
            "visits",
            "bought-by-member",
            "rental-units-free",
        ):
            assert self.measured(name).state == lab.OK
        assert catalog.read().indexes == before

    def test_the_partitions_indexes_go_with_the_whole(self):
        found = self.measured("visits")
        assert "Seq Scan" in found.without.plan.kinds

    def test_one_index_alone_can_be_taken_away(self):
        found = self.measured("waitlist-first", only="bookings_waitlist_head")
        assert found.dropped == ["bookings_waitlist_head"]
        assert (
            "bookings_waitlistentry_position_unique"
            in plans.facts(found.without.plan, catalog.read()).indexes
        )

    def test_a_primary_key_stays(self):
        found = self.measured("staff-bookings")
        assert (found.dropped, found.without) == ([], None)
        assert "primary key" in found.reason

    def test_a_table_that_somebody_uses_is_not_waited_for_long(self):
        with another() as rival, rival.transaction():
            rival.execute("LOCK TABLE bookings_waitlistentry IN ROW EXCLUSIVE MODE")
            found = self.measured("waitlist-first", lock_ms=50)
        assert (found.state, found.without) == (lab.UNAVAILABLE, None)
        assert "lock did not come in time" in found.reason

    def test_a_statement_that_takes_too_long_is_stopped_and_said(self):
        slow = TunedQuery(
            "slow",
            "",
            "SELECT",
            lambda: execute("SELECT pg_sleep(5) FROM core_brand"),
            (),
        )
        statement = capture.statement_of(slow, {})
        with safety.rolled_back(statement_ms=50):
            side = lab.side(statement, 3, lab.Settings(statement_ms=50))
        assert (side.times, side.stopped_at, side.median) == ([], 50, 50.0)
        assert side.plan.kinds == ["Seq Scan"]

    def test_what_may_not_be_dropped_is_said(self):
        known = catalog.read()
        pinned = TunedQuery(
            "pinned",
            "",
            "SELECT 1 AS pk",
            lambda pk: execute("SELECT FROM core_user WHERE id = 1"),
            ("core_user_pkey",),
        )
        known.indexes["core_user_pkey"] = catalog.Index(
            "core_user_pkey", "core_user", "core_user_pkey", False, "", True, 0
        )
        found = lab.measure(pinned, known, lab.Settings(runs=1))
        assert found.state == lab.UNAVAILABLE
        assert "It can't be dropped" in found.reason


class TestWrites:
    pytestmark = on_seed

    def test_each_index_of_a_table_is_weighed(self):
        names = [
            "catalog_cart_member",
            "catalog_cart_one_open",
            "bookings_checkin_member",
            "core_user_search",
        ]
        found = writes.costs(names, catalog.read())
        assert set(found) == set(names)
        assert (
            found["catalog_cart_member"].rows
            == 10_000 - found["catalog_cart_member"].batch
        )
        assert found["bookings_checkin_member"].batch == 2_000
        assert all(cost.with_it > 0 and cost.without > 0 for cost in found.values())

    def test_nothing_is_left_and_no_table_locked(self):
        with another() as rival, rival.transaction():
            rival.execute("LOCK TABLE catalog_cart IN ROW EXCLUSIVE MODE")
            assert writes.costs(["catalog_cart_member"], catalog.read())
        execute(f"CREATE TABLE {writes.COPY} ()", f"DROP TABLE {writes.COPY}")

    def test_a_table_with_few_rows_tells_nothing(self):
        assert writes.costs(["catalog_category_kind", "nothing"], catalog.read()) == {}


class TestWhatIf:
    pytestmark = on_seed

    def tried(self, statement: str, *names: str) -> whatif.Trial:
        return whatif.trial(
            statement, registry.chosen(names or None), lab.Settings(runs=1), quiet
        )

    def test_an_index_that_a_query_wants_is_used(self):
        with changed("DROP INDEX catalog_order_member"):
            trial = self.tried(
                "CREATE INDEX ON catalog_order (member_id, id DESC)", "orders", "visits"
            )
        assert trial.users == ["orders"]
        # visits reads another table
        assert [finding.query.name for finding in trial.findings] == ["orders"]
        assert trial.index.size > 0 and trial.cost.batch > 0

    def test_one_that_nobody_wants_is_not_and_is_gone_again(self):
        before = set(catalog.read().indexes)
        assert (
            self.tried(
                "CREATE INDEX useless ON catalog_order (placed_at, branch_id)", "orders"
            ).users
            == []
        )
        assert set(catalog.read().indexes) == before

    @pytest.mark.parametrize(
        "statement",
        [
            "DROP INDEX catalog_order_member",
            "CREATE INDEX CONCURRENTLY a ON catalog_order (id)",
            "CREATE INDEX a ON catalog_order (id); DROP TABLE catalog_order",
            "",
        ],
    )
    def test_nothing_else_is_taken(self, statement):
        with pytest.raises(Refused, match="one CREATE INDEX"):
            whatif.parsed(statement)

    def test_an_index_that_can_not_be_is_said(self):
        with pytest.raises(Refused, match='relation "nowhere" does not exist'):
            self.tried("CREATE INDEX ON nowhere (id)", "orders")


class TestReport:
    pytestmark = on_seed

    def lab(self, *names: str, **options) -> dict:
        return run.run(
            run.Options(query=names, runs=2, writes=False, **options), NOW, quiet
        )

    def test_says_what_each_plan_does_and_how_the_reference_fared(self):
        (row,) = self.lab("bought-by-member")["queries"]
        assert row["without"]["scans"] == ["catalog_cart"]
        assert (
            "catalog_cart_member" in row["with"]["indexes"]
            and row["with"]["scans"] == []
        )
        assert row["with"]["hit"] < row["without"]["hit"]
        assert row["reference"]["speed_up"] == 7.0
        assert row["reference"]["reproduced"] is (row["speed_up"] >= 7.0)
        assert row["indexes"][0]["size"] > 0

    def test_is_json(self):
        found = json.loads(json.dumps(self.lab("entitlements", "visits"), default=str))
        assert [row["name"] for row in found["queries"]] == ["entitlements", "visits"]
        assert found["about"]["rows"]["bookings_booking"] == 16_900

    def test_without_an_index_are_all_queries_that_use_it(self):
        names = {
            row["name"] for row in self.lab(without="memberships_of_member")["queries"]
        }
        assert {"entitlements", "eligibility", "memberships-of-member"} <= names
        assert "visits" not in names

    def test_without_an_index_that_there_is_not_is_refused(self):
        with pytest.raises(Refused, match="no index nope"):
            self.lab(without="nope")

    def test_the_command_prints_trees_and_writes_files(self, tmp_path, capsys):
        path = tmp_path / "lab.json"
        call_command(
            "indexlab", query=["waitlist-first"], runs=1, writes=False, output=path
        )
        said = capsys.readouterr().out
        assert "Index Scan bookings_waitlist_head" in said and "Sort" in said
        assert json.loads(path.read_text())["queries"][0]["name"] == "waitlist-first"

    def test_the_documentation_has_a_row_for_each_query(self):
        told = markdown(show.pieces(self.lab("stock-of-order")))
        assert "| stock-of-order: the stock ledger of an order | " in told

    def test_part_of_a_run_is_not_documentation(self):
        with pytest.raises(CommandError, match="figures of all queries"):
            call_command("indexlab", query=["orders"], write_docs=True)

    def test_the_command_tries_an_index(self, capsys):
        call_command(
            "indexlab",
            query=["orders"],
            what_if="CREATE INDEX ON catalog_order (placed_at)",
            runs=1,
        )
        assert (
            "Used by no query of the registry, of 1 that read catalog_order."
            in capsys.readouterr().out
        )


class TestSafety:
    pytestmark = on_seed

    def test_production_drops_nothing_unless_told(self, settings):
        settings.PRODUCTION = True
        before = catalog.read().indexes
        for options in ({}, {"what_if": "CREATE INDEX ON core_user (phone)"}):
            with pytest.raises(CommandError, match="--even-in-production allows it"):
                call_command("indexlab", query=["waitlist-first"], **options)
        assert catalog.read().indexes == before

    def test_production_may_look(self, settings):
        settings.PRODUCTION = True
        (row,) = run.run(
            run.Options(query=["waitlist-first"], runs=1, as_is=True), NOW, quiet
        )["queries"]
        assert (row["dropped"], row["without"]) == ([], None)
        assert (
            run.run(run.Options(query=["waitlist-first"], guard=True), NOW, quiet)[
                "failed"
            ]
            == []
        )

    def test_production_does_as_it_is_told(self, settings):
        settings.PRODUCTION = True
        options = run.Options(
            query=["waitlist-first"], runs=1, writes=False, even_in_production=True
        )
        (row,) = run.run(options, NOW, quiet)["queries"]
        assert "bookings_waitlist_head" in row["dropped"]

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
    def test_ended_half_way_it_leaves_the_index_where_it_was(self, number):
        """A real process that dies while it holds the table without its index."""
        process = self.start()
        with another() as watcher:
            while not (pid := self.holder(watcher)):
                assert process.poll() is None, process.stderr.read()
            process.send_signal(number)
            _, said = process.communicate(timeout=60)
            while (
                watcher.execute(
                    "SELECT FROM pg_stat_activity WHERE pid = %s", [pid]
                ).fetchone()
                is not None
            ):
                pass
        assert process.returncode == (130 if number == signal.SIGINT else -number), said
        if number == signal.SIGINT:
            assert "what was dropped is there again" in said
        assert index_is_there("bookings_waitlist_head")
        assert index_is_there("bookings_waitlistentry_position_unique")

    def start(self) -> subprocess.Popen:
        return subprocess.Popen(
            [
                sys.executable,
                "manage.py",
                "indexlab",
                "--query",
                "waitlist-first",
                "--runs",
                "1000",
            ],
            cwd=settings.BASE_DIR,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def holder(self, watcher) -> int | None:
        row = watcher.execute(
            "SELECT pid FROM pg_locks WHERE relation = "
            "'bookings_waitlistentry'::regclass AND mode = 'AccessExclusiveLock' AND "
            "granted"
        ).fetchone()
        return row and row[0]


def test_a_plan_is_told_from_its_top():
    plan = Plan(
        {
            "Node Type": "Limit",
            "Plans": [{"Node Type": "Index Scan", "Index Name": "head", "Plans": []}],
        }
    )
    assert plan.told == ["Limit", "Index Scan head"]


def test_a_stopped_statement_is_said_to_take_longer():
    side = lab.Side(Plan({"Node Type": "Seq Scan", "Plan Rows": 1}), stopped_at=10_000)
    assert report.of_side(side, catalog.Catalog({}, {}, {}))["median"] == 10_000.0


def test_sorts_are_told_by_what_comes_in():
    inner = {"Node Type": "Seq Scan", "Plan Rows": 5, "Actual Rows": 12.0}
    assert (
        Plan({"Node Type": "Sort", "Plan Rows": 5, "Plans": [inner]}).sorted_rows == 12
    )
    assert Plan(inner).sorted_rows == 0
    assert "Sort" in SORTED_BY_INDEX
