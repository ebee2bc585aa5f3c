"""Prove's own parts, a short proof with every kill, and guards that are missed."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from gymsite.ops.prove import controls, crowd, show
from gymsite.ops.prove.attempts import Answer, Attempt
from gymsite.ops.prove.contest import RIVALS, Score, judge_winners
from gymsite.ops.prove.report import Report
from gymsite.ops.prove.run import CONTESTS, KILLS, Options
from gymsite.ops.reporting.pieces import markdown
from gymsite.ops.rig.load import Address, send

REFUSED = '{"code": "session_full"}'


def attempt(*answers: tuple[int, int, str], steps: int = 2) -> Attempt:
    made = Attempt(7, 1, ["..."] * steps)
    for answer in answers:
        made.note(*answer)
    return made


class TestAttempts:
    def test_a_refusal_of_the_first_step_waits_for_the_second(self):
        assert not attempt((0, 409, REFUSED)).is_answered
        assert attempt((0, 409, REFUSED), (1, 201, "{}")).is_answered
        assert attempt((0, 409, REFUSED), steps=1).is_answered
        assert attempt((0, 201, "{}")).is_answered

    @pytest.mark.parametrize("status", [0, 500, 503])
    def test_what_promises_nothing_is_no_answer(self, status):
        silent = attempt((0, status, ""))
        assert not silent.is_answered
        assert silent.silences == 1
        assert silent.last.code == ("no_answer" if status == 0 else str(status))

    def test_a_repeat_replaces_a_silence_but_may_not_change_an_answer(self):
        assert not attempt((0, 0, ""), (0, 201, '{"id": 1}')).has_changed
        assert not attempt((0, 201, '{"id": 1}'), (0, 201, '{"id": 1}')).has_changed
        assert attempt((0, 201, '{"id": 1}'), (0, 201, '{"id": 2}')).has_changed

    def test_a_body_that_is_no_object_is_empty(self):
        assert attempt((0, 502, "<html>")).last == Answer(502, {})


class TestScore:
    def test_winners_are_held_against_the_capacity(self):
        score = Score("test")
        for winners in (1, 3, 0):
            judge_winners(score, 7, winners=winners, capacity=1)
        assert (score.winners, score.capacity, score.doubled, score.violations) == (
            4,
            3,
            2,
            2,
        )
        assert score.told == [
            "test: heat 7: 3 won where there was 1",
            "test: heat 7: only 0 won where there was 1",
        ]

    def test_refusals_are_counted_by_code_and_silence_is_a_violation(self):
        score = Score("test")
        score.count([attempt((0, 409, REFUSED), (1, 201, "{}")), attempt((0, 0, ""))])
        assert score.refusals == {"session_full": 1}
        assert (score.attempts, score.silences, score.violations) == (2, 1, 1)

    def test_many_violations_are_all_counted_and_some_are_told(self):
        score = Score("test")
        for _ in range(100):
            score.violated("so", lost=1)
        assert (score.violations, score.lost) == (100, 100)
        assert len(score.told) == 20


def test_people_are_told_each_contest_and_what_was_violated():
    score = Score("one key", heats=2, attempts=20, winners=2, capacity=2)
    report = Report(
        {"clients": "2 processes"}, "", {"fsync": "on"}, 1, {}, 0.0, 3.0, 1, [score], {}
    )
    told = markdown(show.pieces([report]))
    assert "| one key | 2 | 20 | 2 | 2 |" in told
    assert "VIOLATED the order of locks: 1 deadlocks" in told
    assert not report.holds


class TestOptions:
    @pytest.mark.parametrize(
        ("attempts", "kills"), [(1200, 3), (100_000, 50), (110, 0), (12_000, 12)]
    )
    def test_all_attempts_and_kills_are_made(self, attempts, kills):
        options = Options(attempts, kills)
        made = len(options.rounds) * options.heats * RIVALS * len(CONTESTS)
        assert abs(made - attempts) <= attempts * 0.2
        assert sum(map(bool, options.rounds)) == kills
        assert "" in options.rounds

    def test_kills_take_turns(self):
        assert Counter(Options(12_000, 12).rounds) == {"": 4, **dict.fromkeys(KILLS, 4)}


class TestCrowd:
    def test_each_attempt_is_told_its_own_answer_and_a_broken_connection_is_none(self):
        """A server that answers every odd attempt and hangs up on every even one."""
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            server = threading.Thread(target=_serve, args=(listener, 20), daemon=True)
            server.start()
            attempts = [
                Attempt(n, n, [send("POST", f"/{n}", {"n": n}, key=f"k{n}")])
                for n in range(20)
            ]
            happened = []
            crowd.fight(
                Address(*listener.getsockname()[:2]),
                attempts,
                after=5,
                then=lambda: happened.append("killed"),
            )
            server.join()
        assert [each.last.status for each in attempts] == [
            201 if n % 2 else 0 for n in range(20)
        ]
        assert [each.last.values.get("n") for each in attempts] == [
            n if n % 2 else None for n in range(20)
        ]
        assert happened == ["killed"]


def _serve(listener: socket.socket, count: int) -> None:
    for _ in range(count):
        connection, _ = listener.accept()
        with connection:
            received = connection.recv(65_536).decode()
            number = int(received.split()[1].strip("/"))
            assert f"Idempotency-Key: k{number}\r\n" in received
            if number % 2:
                body = json.dumps({"n": number})
                connection.sendall(
                    (
                        "HTTP/1.1 201 Created\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n"
                        f"{body}"
                    ).encode()
                )


class TestCommand:
    def test_there_must_be_attempts(self):
        with pytest.raises(CommandError, match="attempts"):
            call_command("prove", attempts=0)

    def test_a_production_site_is_left_alone(self, settings):
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="production") as ended:
            call_command("prove", quick=True)
        assert ended.value.returncode == 2


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """An empty home that any OS user can enter, as PostgreSQL's does under root."""
    with tempfile.TemporaryDirectory(prefix="gymsite-prove-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def prove(*arguments: str, place: Path) -> tuple[int, list[dict]]:
    """Run the command as people do, below ``place``; its exit status and reports."""
    output = place / "proved.json"
    done = subprocess.run(
        [sys.executable, "manage.py", "prove", *arguments, "--output", str(output)],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"GYMSITE_HOME": str(place), "DJANGO_SETTINGS_MODULE": "gymsite.settings"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert output.exists(), done.stderr[-3000:]
    reports = json.loads(output.read_text())
    return done.returncode, reports if isinstance(reports, list) else [reports]


@pytest.mark.race
@pytest.mark.xdist_group("prove")
class TestProof:
    def test_nothing_acknowledged_is_lost_whatever_is_killed(self, place):
        status, (report,) = prove("--attempts", "240", "--kills", "3", place=place)
        assert (status, report["holds"], report["broken"]) == (0, True, {})
        assert report["kills"] == {**dict.fromkeys(KILLS, 1), "the sweep": 3}
        assert report["promises"] == {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
        }
        for score in report["scores"]:
            assert (score["lost"], score["doubled"], score["violations"]) == (0, 0, 0)
            assert (score["kept"], score["unpaid"]) == (0, 0)
            assert (
                0 < score["winners"] == score["capacity"]
                or score["name"] == "one refresh token"
            )
        # the kills were felt
        assert sum(score["silences"] for score in report["scores"]) > 0

    def test_every_guard_taken_away_is_missed(self, place):
        status, reports = prove("--control", "all", place=place)
        assert status == 0
        assert [report["control"] for report in reports] == list(controls.BY_NAME)
        for report in reports:
            (concerned,) = {controls.BY_NAME[report["control"]].contest}
            violated = {
                score["name"] for score in report["scores"] if score["violations"]
            }
            assert violated, report["control"]
            assert not concerned or violated == {concerned}
        assert sum(score["lost"] for score in reports[-1]["scores"]) > 0  # "commits"
        for (score,) in (
            report["scores"]
            for report in reports
            if report["control"] in ("charges", "sweep")
        ):
            assert score["kept"] > 0
