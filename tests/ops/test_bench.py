"""The bench's arithmetic, its client against a small server, a whole quick run."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from gymsite.accounts.hashers import Argon2
from gymsite.ops.bench import compare, growth, pages, show, training
from gymsite.ops.bench.assets import FONT, INSIDE_CSS, LINKED, Sent
from gymsite.ops.bench.report import Report, Row
from gymsite.ops.reporting.command import as_json
from gymsite.ops.reporting.figures import number
from gymsite.ops.reporting.pieces import markdown
from gymsite.ops.rig import load, programs, stats
from gymsite.ops.rig.databases import MARK, Databases
from gymsite.ops.rig.errors import Refused, UnexpectedAnswer
from gymsite.ops.rig.people import People
from gymsite.ops.rig.queries import lab, registry
from tests.factories import MemberFactory
from tests.ops.databases import run_as_typed


class TestStatistics:
    def test_a_percentile_is_a_value_that_was_measured(self):
        assert stats.percentile([5, 1, 4, 2, 3], 0.5) == 3
        assert stats.percentile(range(1, 101), 0.95) == 95
        assert stats.percentile(range(1, 101), 0.99) == 99
        assert stats.percentile([7], 0.99) == 7

    def test_the_rank_is_rounded_up(self):
        assert stats.percentile([1, 2, 3, 4], 0.5) == 2
        assert stats.percentile([1, 2, 3, 4], 0.51) == 3

    def test_no_values_have_no_percentile(self):
        with pytest.raises(ValueError, match="no values"):
            stats.percentile([], 0.5)

    def test_a_spread_counts_and_orders(self):
        assert stats.Spread.of([3.0, 1.0, 2.0]) == stats.Spread(
            count=3, p50=2.0, p95=3.0, p99=3.0
        )

    def test_each_round_is_divided_by_its_own_floor(self):
        # the machine was twice as slow in the second round: the ratio does not move
        assert stats.ratio_to_floor([50, 25, 50], [100, 50, 100]) == 0.5

    def test_one_odd_round_does_not_decide(self):
        assert stats.ratio_to_floor([50, 50, 5], [100, 100, 100]) == 0.5

    def test_a_round_without_its_floor_is_an_error(self):
        with pytest.raises(ValueError, match="floor"):
            stats.ratio_to_floor([1, 2], [1])


class Answering(BaseHTTPRequestHandler):
    """Answers with the status in the path, and notes what came."""

    seen: list[str] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[load.Address]:
    Answering.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield load.Address("127.0.0.1", server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


class TestClient:
    def test_every_item_is_sent_once(self, address):
        done = load.run(
            address,
            [[load.get(f"/{n}/200")] for n in range(40)],
            clients=8,
            repeat=False,
        )
        assert sorted(Answering.seen) == sorted(f"/{n}/200" for n in range(40))
        assert (done.requests, done.statuses, len(done.latencies)) == (
            40,
            {200: 40},
            40,
        )
        assert done.rate == pytest.approx(40 / done.wall)

    def test_a_repeating_load_ends_with_its_time(self, address):
        done = load.run(address, [[load.get("/200")]], clients=2, seconds=0.2)
        assert done.requests == len(Answering.seen) > 2

    def test_a_repeating_load_needs_an_end(self, address):
        with pytest.raises(ValueError, match="end"):
            load.run(address, [[load.get("/200")]])

    def test_the_second_request_of_an_item_follows_a_conflict_only(self, address):
        items = [
            [load.get("/a/409"), load.get("/b/201")],
            [load.get("/c/201"), load.get("/d/201")],
        ]
        done = load.run(address, items, repeat=False, expected=[201, 409])
        assert Answering.seen == ["/a/409", "/b/201", "/c/201"]
        assert (len(done.latencies), done.requests) == (2, 3)

    def test_an_unexpected_status_fails_the_run_and_shows_the_answer(self, address):
        with pytest.raises(
            UnexpectedAnswer, match=r"1 of 3 answers had status 500.*\s.*HTTP/1.0 500"
        ):
            load.run(
                address,
                [[load.get("/200")], [load.get("/500")], [load.get("/200")]],
                repeat=False,
            )

    def test_a_broken_connection_is_unexpected_too(self):
        with pytest.raises(subprocess.CalledProcessError):  # nobody listens
            load.run(load.Address("127.0.0.1", 1), [[load.get("/200")]], repeat=False)

    def test_a_post_carries_its_body_and_token(self):
        request = load.send("POST", "/api", {"name": "Zoë"}, token="t0ken")
        head, _, body = request.partition("\r\n\r\n")
        assert "Authorization: Bearer t0ken" in head
        assert f"Content-Length: {len(body.encode('latin-1'))}" in head
        assert json.loads(body) == {"name": "Zoë"}


def row(**changes: object) -> Row:
    return Row(
        **{
            "group": "pages",
            "name": "timetable",
            "data": "9 users",
            "value": 5.0,
            "unit": "/s",
        }
        | changes
    )


class TestReport:
    def test_json_comes_back_as_it_went(self, tmp_path):
        report = Report(
            {"at": "now"},
            [row(spread=stats.Spread(3, 1.0, 2.0, 3.0), ratio=0.5, met=True)],
        )
        (tmp_path / "figures.json").write_text(as_json(asdict(report)))
        assert Report.read(tmp_path / "figures.json") == report

    def test_a_missed_target_is_counted(self):
        report = Report({}, [row(met=True), row(met=False), row(met=None)])
        assert show.verdict(report) == "1 of 2 targets met."

    def test_the_reference_is_a_ratio(self):
        assert row(value=2.0, reference=8.0).of_reference == 0.25
        assert row().of_reference is None

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, ""),
            (0.0421, "0.042"),
            (3.14159, "3.14"),
            (31.4159, "31.4"),
            (12345.6, "12,346"),
        ],
    )
    def test_numbers_keep_three_digits(self, value, text):
        assert number(value) == text


class TestShown:
    ABOUT = {
        **dict.fromkeys(
            (
                "at",
                "cores",
                "processor",
                "memory_gb",
                "load_before",
                "load_after",
                "python",
                "django",
            ),
            "x",
        ),
        **dict.fromkeys(("postgresql", "server"), "x"),
        "quick": False,
        "scale": 1.0,
        "complete": True,
    }

    def test_a_row_is_told_without_the_columns_that_nobody_fills(self):
        text = markdown(show.pieces(Report(self.ABOUT, [row(ratio=0.61)])))
        assert "| timetable | 9 users | 5.00 /s | 0.610 |" in text

    def test_a_group_that_was_measured_again_says_so(self):
        first = Report(
            self.ABOUT,
            [
                row(name="a", value=1.0),
                row(name="b", value=2.0),
                row(group="seed", name="c"),
            ],
        )
        later = Report(self.ABOUT | {"at": "later"}, [row(name="b", value=3.0)])
        both = first.again(later)
        assert [(each.name, each.value) for each in both.rows][:2] == [
            ("a", 1.0),
            ("b", 3.0),
        ]
        text = markdown(show.pieces(both))
        assert text.count("Measured again later; load average") == 1
        assert (
            text.index("### pages")
            < text.index("Measured again")
            < text.index("### seed")
        )

    def test_runs_of_two_sizes_are_not_mixed(self):
        with pytest.raises(Refused, match="scale of the first run"):
            Report(self.ABOUT, []).again(Report(self.ABOUT | {"scale": 0.1}, []))

    @pytest.mark.parametrize(
        "change", [{"quick": True}, {"scale": 0.05}, {"complete": False}]
    )
    def test_part_of_a_run_is_not_documentation(self, tmp_path, change):
        path = tmp_path / "figures.json"
        path.write_text(as_json(asdict(Report(self.ABOUT | change, []))))
        with pytest.raises(CommandError, match="Only a whole run at scale 1"):
            call_command("bench", "--from", str(path), "--write-docs")

    @pytest.mark.parametrize(
        "part", [{"quick": True}, {"scale": 0.05}, {"only": ["seed"]}]
    )
    def test_it_is_refused_before_anything_is_measured(self, part):
        with pytest.raises(CommandError, match="Only a whole run at scale 1"):
            call_command("bench", write_docs=True, **part)


@pytest.mark.django_db
class TestSafety:
    def test_production_is_refused(self, settings):
        settings.PRODUCTION = True
        with pytest.raises(Refused, match="production"):
            Databases()

    def test_another_machine_is_refused(self, settings, monkeypatch):
        monkeypatch.setitem(settings.DATABASES["default"], "HOST", "db.example.com")
        with pytest.raises(Refused, match=r"not db\.example\.com"):
            Databases()

    def test_a_database_that_the_bench_did_not_make_is_left_alone(self):
        databases = Databases()
        with databases.connect() as server:
            server.execute("DROP DATABASE IF EXISTS gymsite_bench_strange")
            server.execute("CREATE DATABASE gymsite_bench_strange")
            try:
                with pytest.raises(Refused, match="left alone"):
                    databases.create("gymsite_bench_strange")
            finally:
                server.execute("DROP DATABASE gymsite_bench_strange")

    @pytest.mark.usefixtures("alone")
    def test_what_an_interrupted_bench_left_is_replaced_and_dropped(self):
        databases = Databases()
        with databases.held():
            databases.create("gymsite_bench_left")
            databases.create("gymsite_bench_left")
            assert MARK in marks(databases)
        assert "gymsite_bench_left" not in marks(databases).values()

    @pytest.mark.usefixtures("alone")
    def test_one_bench_at_a_time(self):
        with (
            Databases().held(),
            pytest.raises(Refused, match="Another bench"),
            Databases().held(),
        ):
            pass


def marks(databases: Databases) -> dict[str, str]:
    """The server's databases that carry a comment."""
    with databases.connect() as server:
        rows = server.execute(
            "SELECT shobj_description(oid, 'pg_database'), datname FROM pg_database"
        ).fetchall()
    return {comment: name for comment, name in rows if comment}


class TestPrograms:
    def test_a_program_is_timed_with_its_memory(self):
        hungry = "import time; held = bytearray(60_000_000); time.sleep(0.4)"
        done = programs.run([sys.executable, "-c", hungry], env=os.environ)
        assert done.seconds > 0.4
        assert done.peak_memory > 60 or not Path("/proc/self/statm").exists()

    def test_a_failed_program_shows_what_it_said(self):
        with pytest.raises(subprocess.CalledProcessError) as caught:
            programs.run(
                [sys.executable, "-c", "raise SystemExit('no luck')"], env=os.environ
            )
        assert "no luck" in caught.value.output


class TestStaticFiles:
    def test_links_of_a_page_are_found(self):
        page = (
            '<link rel="stylesheet" href="/static/a.css"><script defer '
            'src="/static/b.js"></script><a href="/c">'
        )
        assert LINKED.findall(page) == ["/static/a.css", "/static/b.js"]
        assert LINKED.findall('<use href="/static/icons.svg#bell"/>') == [
            "/static/icons.svg"
        ]

    def test_links_of_a_stylesheet_are_found(self):
        assert INSIDE_CSS.findall("@import 'a.css'; b { src: url(\"c.woff2\") }") == [
            "a.css",
            "c.woff2",
        ]
        assert FONT.search("/static/c.0123456789ab.woff2")

    @pytest.mark.parametrize(
        ("path", "cache", "kept"),
        [
            (
                "/static/a.0123456789ab.css",
                "max-age=315360000, public, immutable",
                True,
            ),
            ("/static/a.css", "max-age=315360000, public, immutable", False),
            ("/static/a.0123456789ab.css", "max-age=3600, public", False),
        ],
    )
    def test_only_a_hashed_name_may_be_kept_for_ever(self, path, cache, kept):
        assert Sent(path, 1, "", "br", cache).is_kept_for_ever is kept


@pytest.mark.django_db
@pytest.mark.usefixtures("alone")
def test_a_quick_run_measures_every_group_and_leaves_nothing_behind(tmp_path):
    figures = tmp_path / "figures.json"
    done = run_as_typed("bench", "--quick", "--scale", "0.01", "--output", str(figures))
    assert done.returncode == 0, done.stderr[-3000:]
    report = Report.read(figures)
    groups = {each.group for each in report.rows}
    assert groups == {
        "seed",
        "tuned",
        "shop",
        "static",
        "pages",
        "memory",
        "endpoints",
        "week",
        "lived-in",
        "booking",
        "jobs",
    }
    assert all(each.value > 0 for each in report.rows)
    (log_in,) = (each for each in report.rows if each.name == "log in")
    assert log_in.floor == pages.HASHING
    assert re.search(r"\d+ of \d+ targets met", done.stdout)
    assert not [
        name for name in marks(Databases()).values() if name.startswith("gymsite_bench")
    ]


def timed(name, value, *, unit="ms", ratio=None):
    return row(name=name, value=value, unit=unit, ratio=ratio)


@pytest.mark.django_db
class TestLogIn:
    def test_what_a_member_of_the_bench_types_logs_in(self):
        member, client = MemberFactory(), Client()
        (typed,) = People(timezone.now()).log_ins([member.pk])
        answer = client.post("/account/login/", typed)
        assert (answer.status_code, answer["Location"]) == (pages.FOUND, "/")
        assert client.session["_auth_user_id"] == str(member.pk)

    def test_its_floor_checks_one_password_by_the_sites_hasher(self, settings):
        settings.ROOT_URLCONF = "gymsite.ops.rig.urls"
        settings.PASSWORD_HASHERS = ["gymsite.accounts.hashers.Argon2"]
        calls: list[tuple] = []
        hasher = Argon2.verify
        with mock.patch.object(
            Argon2,
            "verify",
            lambda *said: calls.append(said) or hasher(*said),
        ):
            assert Client().get("/bench/password").content == b"ok"
        assert len(calls) == 1


class TestGrowth:
    def test_what_costs_the_same_at_every_size_grows_by_nothing(self):
        assert growth.exponent({0.1: 2, 1: 2, 10: 2}) == pytest.approx(0)

    def test_what_doubles_with_the_rows_grows_with_them(self):
        assert growth.exponent({0.1: 0.5, 1: 5, 10: 50}) == pytest.approx(1)

    def test_the_ratio_to_the_floor_is_fitted_and_a_row_missing_somewhere_is_left_out(
        self,
    ):
        found = {
            0.1: [timed("list", 10, ratio=1.0), timed("only here", 1)],
            1.0: [timed("list", 50, ratio=1.0)],
            10.0: [timed("list", 10, ratio=1.0)],
        }
        (grown,) = growth.rows(found)
        assert (grown.name, grown.value) == ("pages: list", pytest.approx(0))

    def test_trainers_largest_brand_is_held_against_their_smallest(self):
        """Queries come in one order at each size; half as much again is allowed."""
        found = {
            5_000: [self.found(name, 0.1) for name in training.QUERIES],
            500_000: [
                self.found(name, 0.2 if name == "takings" else 0.14)
                for name in training.QUERIES
            ],
        }
        rows = training.rows(found)
        assert [one.name for one in rows if not one.met] == [
            registry.chosen(["takings"])[0].says
        ]
        assert rows[0].ratio == pytest.approx(1.4)

    def found(self, name: str, milliseconds: float) -> lab.Finding:
        (query,) = registry.chosen([name])
        return lab.Finding(query, kept=lab.Side(mock.Mock(), [milliseconds]))


class TestComparing:
    def changed(self, now, before):
        (change,) = compare.changes(Report({}, [now]), Report({}, [before]))
        return round(change.by, 2), change.verdict

    def test_more_time_is_worse_and_more_requests_are_better(self):
        assert self.changed(timed("a", 12), timed("a", 10)) == (0.2, "worse")
        assert self.changed(timed("a", 125, unit="/s"), timed("a", 100, unit="/s")) == (
            -0.2,
            "better",
        )

    def test_the_ratio_speaks_where_there_is_one(self):
        assert self.changed(timed("a", 30, ratio=1.0), timed("a", 10, ratio=1.0)) == (
            0.0,
            "",
        )

    def test_the_command_tells_earlier_figures_again_beside_others(
        self, tmp_path, capsys
    ):
        paths = [tmp_path / name for name in ("now.json", "before.json")]
        for path, value in zip(paths, (12, 10), strict=True):
            path.write_text(
                as_json(asdict(Report(TestShown.ABOUT, [timed("a", value)])))
            )
        call_command("bench", "--from", str(paths[0]), "--compare", str(paths[1]))
        told = capsys.readouterr().out
        assert "12.0 ms" in told and "0 of 0 targets met." in told
        assert "+20%" in told and "worse" in told

    def test_the_greatest_loss_comes_first_and_what_one_run_lacks_is_left_out(self):
        now = Report({}, [timed("a", 11), timed("b", 30), timed("new", 1)])
        before = Report({}, [timed("a", 10), timed("b", 10), timed("gone", 1)])
        assert [change.row.name for change in compare.changes(now, before)] == [
            "b",
            "a",
        ]
