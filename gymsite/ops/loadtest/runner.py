"""A whole load test: server, brand, swarm, figures, invariants.

Of its own, or at a given address.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

from bookings.models import ClassSession
from gymsite.ops import invariants
from gymsite.ops.loadtest import address, results
from gymsite.ops.loadtest.errors import LocustMissing, SwarmFailed
from gymsite.ops.loadtest.people import plan as plan_of
from gymsite.ops.loadtest.profiles import FULL, Profile
from gymsite.ops.loadtest.results import Report, Run
from gymsite.ops.loadtest.usage import SERVER, Watch
from gymsite.ops.reporting.command import Say
from gymsite.ops.rig import processes, programs
from gymsite.ops.rig.databases import Databases, using
from gymsite.ops.rig.machine import about_machine, load_average, server_version
from gymsite.ops.rig.people import People
from gymsite.ops.rig.processes import stoppable
from gymsite.ops.rig.seeding import SEEDED, Brand, sizes
from gymsite.ops.rig.server import environment, job_worker, serving

# static files of pages that no actor opens
UNSEEN = ("--ignore", "ninja", "--ignore", "debug_toolbar")
CLIENT, JOBS = "client (Locust)", "job worker"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for; ``url`` is of a server that runs already.

    Empty for our own.
    """

    profiles: tuple[Profile, ...]
    scale: float = 1.0
    workers: int = 2
    worker_class: str = "sync"
    url: str = ""

    @property
    def is_whole(self) -> bool:
        """Both ramps on a brand of its own at scale 1: what the documentation shows."""
        return (
            set(self.profiles) == set(FULL.values())
            and self.scale == 1
            and not self.url
        )


@dataclass(slots=True)
class Stand:
    """What is tested: where it answers, its database, and its processes."""

    url: str
    database: str
    databases: Databases
    is_ours: bool
    says: str
    parts: dict[str, Callable[[], list[int]]] = field(default_factory=dict)


def run(options: Options, say: Say) -> Report:
    """Every profile in turn; raises ToolError where there is nothing to measure."""
    if find_spec("locust") is None:
        raise LocustMissing
    databases = Databases()
    stands = (
        address.given(options.url, databases, Stand)
        if options.url
        else _own(options, databases, say)
    )
    with stoppable(), stands as stand:
        about = about_machine() | {
            "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            "server": stand.says,
            "postgresql": server_version(),
            "scale": options.scale if stand.is_ours else None,
            "sizes": sizes(),
        }
        return Report(
            about, [_run(profile, stand, say) for profile in options.profiles]
        )


@contextmanager
def _own(options: Options, databases: Databases, say: Say) -> Iterator[Stand]:
    """A seeded database, gunicorn and job worker of our own, gone afterwards."""
    with (
        databases.held(),
        tempfile.TemporaryDirectory(prefix="gymsite-loadtest-") as static,
    ):
        env = environment(databases.url(SEEDED), Path(static))
        say(f"seeding a brand of the load test's own at scale {options.scale:g}")
        brand = Brand(databases, env)
        brand.prepare()
        brand.seed(options.scale)
        programs.manage("collectstatic", "--noinput", "-v", 0, *UNSEEN, env=env)
        serve = serving(env, workers=options.workers, worker_class=options.worker_class)
        with using(NAME=SEEDED), serve as server, job_worker(env) as worker:
            yield Stand(
                url=f"http://{server.address.host}:{server.address.port}",
                database=SEEDED,
                databases=databases,
                is_ours=True,
                says=server.description,
                parts={SERVER: server.worker_pids, JOBS: lambda: [worker.pid]},
            )


def _run(profile: Profile, stand: Stand, say: Say) -> Run:
    """One profile: the people, the ramp, and last every invariant."""
    say(f"{profile.name}: preparing people")
    plan = plan_of(People(datetime.now(UTC)), profile, stocked=stand.is_ours) | {
        "address": stand.url
    }
    try:
        return _measured(profile, plan, stand, say)
    finally:
        if not stand.is_ours:
            address.log_out(plan)


def _measured(profile: Profile, plan: dict[str, Any], stand: Stand, say: Say) -> Run:
    session = ClassSession.objects.get(pk=plan["rush"]["session"])
    before, load_before = session.booked_count, load_average()
    say(f"{profile.name}: {profile.says}; {profile.seconds:g} seconds")
    with _swarm(plan) as swarm:
        parts = stand.parts | {CLIENT: lambda: [swarm.pid]}
        watch = Watch(
            stand.database, lambda: stand.databases.connect(stand.database), parts
        )
        watch.start()
        answer = _answer(swarm, profile, say)
        usage = watch.stop()
    load_after = load_average()
    session.refresh_from_db()
    rush = results.Opening(
        people=len(plan["rush"]["people"]),
        places=session.capacity - before,
        statuses=answer["rush"]["statuses"],
        booked=session.booked_count - before,
        seconds=answer["rush"]["wall"],
    )
    say(f"{profile.name}: checking every invariant")
    run = Run(
        profile=profile.name,
        says=profile.says,
        think=profile.think,
        total=results.action("all", answer["actions"].values()),
        actions=results.actions(answer["actions"]),
        steps=results.steps(profile, answer["actions"]),
        opening=rush,
        usage=usage,
        client_share=answer["cpu"] / answer["wall"],
        invariants=len(invariants.INVARIANTS),
        broken=_broken(),
        load_before=load_before,
        load_after=load_after,
    )
    run.judgements = results.judged(run, profile.limits, opening=stand.is_ours)
    return run


def _broken() -> dict[str, list[str]]:
    """The first rows of every invariant that does not hold."""
    found = {each.name: invariants.breaking(each) for each in invariants.INVARIANTS}
    return {name: [str(row) for row in rows] for name, rows in found.items() if rows}


@contextmanager
def _swarm(plan: dict[str, Any]) -> Iterator[subprocess.Popen]:
    """The process of the swarm with its plan; ended with ours."""
    with tempfile.TemporaryFile("w+") as sent, tempfile.TemporaryFile("w+") as log:
        json.dump(plan, sent)
        sent.seek(0)
        command = [sys.executable, "-m", "gymsite.ops.loadtest.swarm"]
        swarm = processes.start(
            command,
            os.environ,
            settings.BASE_DIR,
            stdin=sent,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield swarm
        except SwarmFailed as error:
            log.seek(0)
            raise SwarmFailed(f"{error}\n{log.read()[-4000:]}") from None
        finally:
            processes.end([swarm])


def _answer(swarm: subprocess.Popen, profile: Profile, say: Say) -> dict[str, Any]:
    """The last line of the swarm; those before it are progress.

    A swarm that hangs is ended.
    """
    alarm = threading.Timer(profile.seconds + 180, swarm.kill)
    alarm.start()
    answer: dict[str, Any] = {}
    try:
        for line in swarm.stdout or ():
            answer = json.loads(line)
            if "users" in answer:
                told = "{users} users, {requests:,} answers, {errors} errors".format(
                    **answer
                )
                say(f"{profile.name}: {told}")
    finally:
        alarm.cancel()
    if swarm.wait() or not answer.get("actions"):
        raise SwarmFailed(f"Locust: {processes.how_it_ended(swarm.returncode)}")
    return answer
