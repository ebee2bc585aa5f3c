"""Locust in a process of its own, which reads a plan from stdin.

``python -m gymsite.ops.loadtest.swarm``

gevent replaces sockets, threads and locks of the process that it runs in, so Django
never shares one with it: people's cookies and tokens are made beforehand. The plan, and
what is written to stdout, a line each, are JSON:

plan    address: of the server · stages: [[seconds, users], ...]
        think: [shortest, longest] seconds · mix: {actor: share}
        people: {actor: [{id, cookie, token}, ...]} · things: {kind: what is looked at}
        rush: {at: seconds, session: id, people: [...]}
lines   {users, requests, errors}: every few seconds, so that somebody sees it work
        {actions: {name: {times: [[seconds after the start, milliseconds], ...],
        refused, errors, first}},
         rush: {statuses: {status: count}, wall: seconds}, cpu, wall: seconds of this
         process}: the last
"""

import json
import os
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from locust import LoadTestShape
from locust.env import Environment

from gymsite.ops.loadtest.actors import Member, cast
from gymsite.ops.loadtest.profiles import Stage, users_at

PROGRESS = 5.0  # seconds between two lines
PATIENCE = 60.0  # seconds for the last requests of users that are told to stop
RUSH = "opening second: book"


class Record:
    """Every answer: when, how long, and whether it was one."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.actions: dict[str, dict[str, Any]] = {}

    def tell(self, action: str, milliseconds: float, refused: bool, error: str) -> None:
        kept = self.actions.setdefault(
            action, {"times": [], "refused": 0, "errors": 0, "first": ""}
        )
        sent = time.perf_counter() - self.began - milliseconds / 1000
        kept["times"].append([round(sent, 3), round(milliseconds, 3)])
        kept["refused"] += refused
        kept["errors"] += bool(error)
        kept["first"] = kept["first"] or error

    def so_far(self) -> dict[str, int]:
        rows = self.actions.values()
        return {
            "requests": sum(len(row["times"]) for row in rows),
            "errors": sum(row["errors"] for row in rows),
        }


class Ramp(LoadTestShape):
    """As many users as the stages say at each moment."""

    def __init__(self, stages: list[Stage]) -> None:
        super().__init__()
        self.stages = stages

    def tick(self) -> tuple[int, float] | None:
        users = users_at(self.stages, self.get_run_time())
        return None if users is None else (users, 100.0)


class Opening:
    """Members who wait for one moment and then all book the same session."""

    def __init__(self, environment: Environment, plan: dict[str, Any]) -> None:
        self.session = plan["session"]
        self.at = plan["at"]
        self.doors = Event()
        self.statuses: Counter[int] = Counter()
        self.wall = 0.0
        self.members = []
        for person in plan["people"]:
            member = Member(environment)
            member.me = person
            self.members.append(member)

    def run(self) -> None:
        waiting = [gevent.spawn(self._book, member) for member in self.members]
        gevent.sleep(self.at)
        began = time.perf_counter()
        self.doors.set()
        gevent.joinall(waiting)
        self.wall = time.perf_counter() - began

    def _book(self, member: Member) -> None:
        self.doors.wait()
        self.statuses[member.book(RUSH, self.session).status] += 1


def run(plan: dict[str, Any], write: Callable[[dict[str, Any]], None]) -> None:
    """The whole ramp with the opening in it."""
    record = Record()
    stages = [Stage(*stage) for stage in plan["stages"]]
    environment = Environment(
        user_classes=cast(plan, record), shape_class=Ramp(stages), stop_timeout=PATIENCE
    )
    runner = environment.create_local_runner()
    environment.events.user_error.add_listener(_give_up)
    opening = Opening(environment, plan["rush"])
    record.began = time.perf_counter()
    runner.start_shape()
    ramp: Any = runner.shape_greenlet
    rush = gevent.spawn(opening.run)
    progress = gevent.spawn(_tell_progress, runner, record, write)
    gevent.joinall([ramp, rush])
    progress.kill()
    for part in (ramp, rush):
        if part is not None:
            part.get()  # raises what broke it
    used = resource.getrusage(resource.RUSAGE_SELF)
    write(
        {
            "actions": record.actions,
            "rush": {"statuses": opening.statuses, "wall": opening.wall},
            "cpu": used.ru_utime + used.ru_stime,
            "wall": time.perf_counter() - record.began,
        }
    )


def _give_up(exception: Exception, tb: Any, **_: Any) -> None:
    """An actor that can't go on is our mistake: fewer people would be measured."""
    traceback.print_exception(type(exception), exception, tb)
    os._exit(1)


def _tell_progress(
    runner: Any, record: Record, write: Callable[[dict[str, Any]], None]
) -> None:
    while True:
        gevent.sleep(PROGRESS)
        write({"users": runner.user_count} | record.so_far())


def write_line(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    run(json.load(sys.stdin), write_line)
