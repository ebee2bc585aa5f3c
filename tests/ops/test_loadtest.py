"""The load test's arithmetic, its thresholds, what it refuses, a quick run."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from rich.console import Console

from bookings.models import ClassSession
from gymsite.core.models import ApiSession
from gymsite.ops.loadtest import address, people, results, runner, show
from gymsite.ops.loadtest.errors import LocustMissing, SwarmFailed, WrongServer
from gymsite.ops.loadtest.profiles import (
    FULL,
    MIX,
    QUICK,
    REFERENCE,
    THOUSAND,
    Limits,
    Stage,
    bounds,
    users_at,
)
from gymsite.ops.loadtest.usage import SERVER, Connections, Meter, Usage, Watch
from gymsite.ops.reporting.pieces import markdown
from gymsite.ops.reporting.pieces import show as printed
from gymsite.ops.rig.databases import Databases
from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.machine import about_machine
from gymsite.ops.rig.people import People
from gymsite.ops.rig.stats import Spread
from tests.factories import SessionFactory, UserFactory
from tests.ops.databases import run_as_typed

needs_locust = pytest.mark.skipif(
    find_spec("locust") is None,
    reason="Locust is not installed: tests/requirements.lock",
)


class TestRamp:
    STAGES = (Stage(10, 20), Stage(5, 20), Stage(10, 0))

    @pytest.mark.parametrize(
        ("seconds", "users"),
        [
            (0, 0),
            (5, 10),
            (9.99, 20),
            (10, 20),
            (14, 20),
            (20, 10),
            (24.9, 0),
            (25, None),
        ],
    )
    def test_users_move_evenly_within_a_stage(self, seconds, users):
        assert users_at(self.STAGES, seconds) == users

    def test_stages_follow_each_other(self):
        assert bounds(self.STAGES) == [(0, 10), (10, 15), (15, 25)]

    def test_the_reference_ramp_is_the_references(self):
        assert [(stage.seconds / 60, stage.users) for stage in REFERENCE.stages] == [
            (1, 10),
            (3, 50),
            (2, 100),
            (2, 100),
            (1, 0),
        ]
        assert REFERENCE.limits == Limits(p95=500, error_rate=0.01)

    def test_ours_is_a_thousand_without_an_error(self):
        assert THOUSAND.most_users == 1000
        assert THOUSAND.limits == Limits(p95=200, error_rate=0)

    @pytest.mark.parametrize(
        "profile", [QUICK, *FULL.values()], ids=lambda profile: profile.name
    )
    def test_the_opening_second_comes_while_all_are_there(self, profile):
        assert users_at(profile.stages, profile.rush.at) == profile.most_users
        assert profile.rush.people > profile.rush.places

    def test_the_mix_is_of_a_hundred(self):
        assert sum(MIX.values()) == 100


def row(
    *times: tuple[float, float], refused: int = 0, errors: int = 0, first: str = ""
) -> dict:
    """What the swarm tells of an action; ``times`` are (seconds in, milliseconds)."""
    return {
        "times": [list(pair) for pair in times],
        "refused": refused,
        "errors": errors,
        "first": first,
    }


class TestFigures:
    FOUND = {
        "timetable": row((1, 10.0), (11, 30.0), (26, 20.0)),
        "book": row((12, 100.0), (13, 50.0), refused=1, errors=1, first="500: oh"),
    }

    def test_an_action_counts_its_own(self):
        booked, seen = results.actions(self.FOUND)
        assert (
            booked.name,
            booked.requests,
            booked.refused,
            booked.errors,
            booked.first,
        ) == (
            "book",
            2,
            1,
            1,
            "500: oh",
        )
        assert booked.error_rate == 0.5
        assert seen.times == Spread(3, 20.0, 30.0, 30.0)

    def test_the_total_is_of_all_requests_and_no_mean_of_percentiles(self):
        total = results.action("all", self.FOUND.values())
        assert (total.requests, total.refused, total.errors, total.first) == (
            5,
            1,
            1,
            "500: oh",
        )
        assert total.times == Spread(5, 30.0, 100.0, 100.0)

    def test_a_request_belongs_to_the_stage_that_it_was_sent_in(self):
        profile = replace(QUICK, stages=TestRamp.STAGES)
        steps = results.steps(profile, self.FOUND)
        assert [
            (step.users, step.rate, step.times and step.times.count) for step in steps
        ] == [
            ("0 to 20", 0.1, 1),
            ("20", 0.6, 3),
            # what was sent after the last stage is in the total alone
            ("20 to 0", 0.0, None),
        ]


def run_of(**changes: object) -> results.Run:
    values = {
        "profile": "quick",
        "says": "a few",
        "think": (1.0, 2.0),
        "total": results.Action("all", 200, 3, 0, "", Spread(200, 20.0, 150.0, 180.0)),
        "actions": [
            results.Action("book", 200, 3, 0, "", Spread(200, 20.0, 150.0, 180.0))
        ],
        "steps": [results.Step(0, 10, "0 to 20", 20.0, None)],
        "opening": results.Opening(
            people=30, places=8, statuses={"201": 8, "409": 22}, booked=8, seconds=0.1
        ),
        "usage": Usage(
            seconds=10.0,
            cpu={"server": 0.5, "database": 0.1},
            machine=0.4,
            memory={"server": 130.0},
            connections={
                "open": 9,
                "active": 2,
                "waiting": 1,
                "allowed": 100,
                "samples": 20,
            },
        ),
        "client_share": 0.07,
        "invariants": 35,
        "broken": {},
        "load_before": [1.0, 1.0, 1.0],
        "load_after": [2.0, 1.0, 1.0],
    }
    return results.Run(**values | changes)


def report_of(*runs: results.Run) -> results.Report:
    about = about_machine() | {
        "at": "now",
        "postgresql": "18",
        "server": "gunicorn",
        "sizes": {"user": 2000},
    }
    return results.Report(about, list(runs))


def verdicts(
    run: results.Run, limits: Limits, *, opening: bool = True
) -> dict[str, bool | None]:
    return {
        each.name: each.met for each in results.judged(run, limits, opening=opening)
    }


def with_errors(errors: int) -> results.Run:
    return run_of(
        total=results.Action(
            "all", 200, 0, errors, "500", Spread(200, 20.0, 150.0, 180.0)
        )
    )


class TestThresholds:
    def test_a_good_run_meets_all(self):
        assert verdicts(run_of(), Limits(200, 0)) == {
            "p95 of all requests": True,
            "errors": True,
            "opening second": True,
            "reconcile": True,
        }

    @pytest.mark.parametrize(
        ("limit", "met"), [(151, True), (150, False), (149, False), (None, None)]
    )
    def test_the_p95_must_stay_below_its_limit(self, limit, met):
        assert verdicts(run_of(), Limits(limit, 0))["p95 of all requests"] is met

    @pytest.mark.parametrize(("errors", "met"), [(0, True), (1, True), (2, False)])
    def test_less_than_one_in_a_hundred_may_fail(self, errors, met):
        assert verdicts(with_errors(errors), Limits(500, 0.01))["errors"] is met

    def test_none_may_fail_where_none_is_allowed(self):
        assert verdicts(with_errors(1), Limits(500, 0))["errors"] is False

    @pytest.mark.parametrize(
        ("statuses", "booked"),
        [
            ({"201": 9, "409": 21}, 9),
            ({"201": 8, "409": 22}, 7),
            ({"201": 7, "409": 23}, 7),
            ({"409": 30}, 0),
        ],
        ids=["oversold", "lost", "a place left", "nobody"],
    )
    def test_the_popular_class_is_sold_exactly(self, statuses, booked):
        opening = results.Opening(
            people=30, places=8, statuses=statuses, booked=booked, seconds=0.1
        )
        assert (
            verdicts(run_of(opening=opening), Limits(200, 0))["opening second"] is False
        )

    def test_on_a_server_of_others_the_class_is_shown_and_not_judged(self):
        assert (
            verdicts(run_of(), Limits(200, 0), opening=False)["opening second"] is None
        )

    @pytest.mark.parametrize(
        "change", [{"broken": {"booked_count": ["(1,)"]}}, {"invariants": 0}]
    )
    def test_every_invariant_must_hold_and_there_must_be_some(self, change):
        assert verdicts(run_of(**change), Limits(200, 0))["reconcile"] is False


def test_a_request_costs_what_the_servers_processes_used():
    assert run_of(
        usage=replace(run_of().usage, cpu={SERVER: 0.4})
    ).cpu_a_request == pytest.approx(20.0)
    assert run_of(usage=replace(run_of().usage, cpu={})).cpu_a_request is None


class TestPopularClass:
    @pytest.fixture
    def session(self) -> ClassSession:
        SessionFactory(gym_class__room__capacity=5, capacity=5)
        return SessionFactory(gym_class__room__capacity=30, capacity=12)

    def chosen(self, places: int, *, stocked: bool) -> ClassSession:
        ids = list(ClassSession.objects.values_list("pk", flat=True))
        return ClassSession.objects.get(
            pk=people._popular(ids, places, stocked=stocked)
        )

    @pytest.mark.django_db
    def test_it_is_left_with_the_places_that_are_fought_for(self, session):
        assert (
            self.chosen(20, stocked=True).pk,
            self.chosen(20, stocked=True).capacity,
        ) == (session.pk, 20)

    @pytest.mark.django_db
    def test_it_never_has_more_than_its_room_holds(self, session):
        assert self.chosen(300, stocked=True).capacity == 30

    @pytest.mark.django_db
    def test_in_a_database_of_others_nothing_is_changed(self, session):
        assert self.chosen(20, stocked=False).capacity == 12


class TestReport:
    def test_what_was_missed_is_listed_and_told_to_machines(self):
        run = with_errors(1)
        run.judgements = results.judged(run, Limits(None, 0), opening=True)
        report = report_of(run)
        assert [each.name for each in report.missed] == ["errors"]
        told = report.as_data()
        assert told["passed"] is False
        assert told["runs"][0]["total"]["times"] == {
            "count": 200,
            "p50": 20.0,
            "p95": 150.0,
            "p99": 180.0,
        }

    def test_tables_name_the_first_error_and_the_broken_invariant(self):
        failed = results.Action(
            "book", 200, 0, 2, "POST /book: 500 oh", Spread(200, 20.0, 150.0, 180.0)
        )
        run = run_of(
            actions=[failed],
            total=replace(failed, name="all"),
            broken={"counts": ["(7, 8)"]},
        )
        run.judgements = results.judged(run, Limits(None, 0), opening=True)
        page = StringIO()
        printed(Console(file=page, width=140), show.pieces(report_of(run)))
        for said in (
            "book: POST /book: 500 oh",
            "1.00%",
            "counts: (7, 8)",
            "MISSED",
            "not judged",
            "7% of one core",
        ):
            assert said in page.getvalue()
        assert "1 of 3 thresholds met." in page.getvalue()

    def test_the_documentation_shows_machine_brand_and_tables(self):
        run = run_of()
        run.judgements = results.judged(run, Limits(200, 0), opening=True)
        text = markdown(show.pieces(report_of(run)))
        for said in ("Measured now on ", "The brand: 2,000 user.", "| action |", "met"):
            assert said in text


class TestCommand:
    @pytest.mark.parametrize(
        "part",
        [
            {"quick": True},
            {"only": ["thousand"]},
            {"scale": 0.1},
            {"url": "http://[::1]:1"},
        ],
    )
    def test_a_part_is_not_documentation(self, part):
        with pytest.raises(CommandError, match="both ramps at scale 1"):
            call_command("loadtest", write_docs=True, **part)

    @pytest.fixture
    def found(self, monkeypatch) -> results.Report:
        report = report_of()
        monkeypatch.setattr(runner, "run", lambda options, say: report)
        return report

    def test_a_missed_threshold_fails_it_after_the_figures_are_told(
        self, found, tmp_path, capsys
    ):
        found.runs.append(with_errors(1))
        found.runs[0].judgements = results.judged(
            found.runs[0], Limits(None, 0), opening=True
        )
        with pytest.raises(CommandError, match=r"^Missed: errors\.$") as caught:
            call_command(
                "loadtest",
                "--quick",
                "--json",
                "--output",
                str(tmp_path / "figures.json"),
            )
        assert caught.value.returncode == 1
        assert json.loads(capsys.readouterr().out) == json.loads(
            (tmp_path / "figures.json").read_text()
        )

    def test_with_all_met_it_ends_well(self, found, capsys):
        found.runs.append(run_of())
        found.runs[0].judgements = results.judged(
            found.runs[0], Limits(200, 0), opening=True
        )
        call_command("loadtest")
        assert "4 of 4 thresholds met." in capsys.readouterr().out


class TestUsage:
    def test_what_a_process_used_before_is_not_the_runs(self):
        meter = Meter()
        meter.before, meter.last = {1: 10.0}, {1: 12.5, 2: 1.0}
        assert meter.seconds == 3.5

    def test_a_process_that_is_gone_keeps_what_it_used(self):
        meter = Meter()
        meter.last = {1: 2.0}
        meter.look([2**22 + 1])  # more than there are pids
        assert meter.seconds == 2.0

    def test_connections_are_counted_by_what_they_do(self):
        seen = Connections()
        seen.add([("idle", False), ("active", False), ("active", True)])
        assert (seen.open, seen.active, seen.waiting) == ([3], [2], [1])

    @pytest.mark.django_db
    def test_a_watch_sees_connections_and_processes(self):
        databases = Databases()
        name = settings.DATABASES["default"]["NAME"]
        with databases.connect(name):
            watch = Watch(
                name, lambda: databases.connect(name), {"us": lambda: [os.getpid()]}
            )
            watch.start()
            usage = watch.stop()
        assert usage.connections["open"] >= 1
        assert usage.connections["allowed"] > 1
        assert usage.memory["us"] > 1

    @pytest.mark.django_db
    def test_a_watch_that_broke_does_not_pass_for_one_that_saw_nothing(self):
        databases = Databases()
        name = settings.DATABASES["default"]["NAME"]
        watch = Watch(name, lambda: databases.connect(name), {})
        watch.connection.close()
        watch.start()
        with pytest.raises(psycopg.OperationalError):
            watch.stop()


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "http://gym.example",
            "https://127.0.0.1",
            "ftp://localhost",
            "127.0.0.1:8000",
            "",
        ],
    )
    def test_only_this_machine_is_loaded(self, url):
        with pytest.raises(WrongServer, match="only this machine"):
            address.loopback(url)

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:8000/", "http://127.0.0.1:8000/shop/?a=1"]
    )
    def test_of_an_address_host_and_port_are_kept(self, url):
        assert address.loopback(url) == "http://127.0.0.1:8000"

    @pytest.mark.django_db
    def test_a_server_that_does_not_answer_is_refused_and_leaves_no_token(self):
        UserFactory()
        with pytest.raises(WrongServer, match="does not answer"):
            address.given("http://127.0.0.1:1", Databases(), runner.Stand).__enter__()
        assert not ApiSession.objects.exists()


@pytest.mark.django_db
def test_a_brand_without_people_is_refused():
    SessionFactory()
    with pytest.raises(Refused, match="seed it again"):
        people.plan(People(datetime.now(UTC)), QUICK, stocked=True)


@pytest.mark.django_db
def test_production_is_refused(settings, monkeypatch):
    monkeypatch.setattr(runner, "find_spec", lambda name: object())
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("loadtest", "--quick")


def test_without_locust_the_command_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(runner, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match="pip install 'locust"):
        call_command("loadtest", "--quick")
    assert "make test" in str(LocustMissing())


def test_the_extra_that_the_message_names_is_the_projects():
    assert (
        'loadtest = ["locust~=2.47"]'
        in (settings.BASE_DIR / "pyproject.toml").read_text()
    )
    assert "locust~=2.47" in str(LocustMissing())


@needs_locust
def test_a_swarm_that_breaks_is_no_result_and_tells_why():
    with (
        pytest.raises(SwarmFailed, match=r"exit status 1(.|\n)*KeyError: 'stages'"),
        runner._swarm({}) as swarm,
    ):
        runner._answer(swarm, QUICK, say=lambda text: None)


@needs_locust
@pytest.mark.django_db
@pytest.mark.usefixtures("alone")
def test_a_quick_run_asks_everything_fails_nothing_and_leaves_nothing_behind(tmp_path):
    figures = tmp_path / "figures.json"
    done = run_as_typed("loadtest", "--quick", "--json", "--output", str(figures))
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{done.stdout[-3000:]}"
    told = json.loads(done.stdout)
    assert told == json.loads(figures.read_text())
    (run,) = told["runs"]
    assert told["passed"] and run["total"]["errors"] == 0 and not run["broken"]
    assert {
        "timetable",
        "timetable, anonymous",
        "class page",
        "shop",
        "opening second: book",
    } <= {each["name"] for each in run["actions"]}
    assert run["opening"]["statuses"] == {"201": 8, "409": 16}
    assert run["usage"]["connections"]["open"] > 0
    with Databases().connect() as server:
        left = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'gymsite_bench%'"
        ).fetchall()
    assert not left
