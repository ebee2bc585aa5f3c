"""A whole proof: rounds of fights, each with one kill or none, all judged after."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from math import ceil
from signal import SIGKILL

from django.db import connection, transaction

from catalog.operations.checkout import sweep_holds
from gymsite.ops import invariants
from gymsite.ops.prove import controls
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast
from gymsite.ops.prove.claims import OneKey, RefreshToken
from gymsite.ops.prove.cluster import SAFE, Cluster, own_cluster
from gymsite.ops.prove.contest import RIVALS, Contest, Score
from gymsite.ops.prove.crowd import CONNECTIONS, PROCESSES, fight
from gymsite.ops.prove.money import Money
from gymsite.ops.prove.places import LastPlace, Waitlist
from gymsite.ops.prove.provider import Provider
from gymsite.ops.prove.refunds import Refunds
from gymsite.ops.prove.report import Report
from gymsite.ops.prove.site import Site, serving
from gymsite.ops.prove.till import Clerk, open_for_business
from gymsite.ops.prove.training import LastAppointment, OneSlot
from gymsite.ops.prove.wares import LastItem, LastUnit
from gymsite.ops.prove.webhooks import Webhooks
from gymsite.ops.reporting.command import Say
from gymsite.ops.rig.errors import ToolError
from gymsite.ops.rig.machine import about_machine
from gymsite.ops.rig.processes import how_it_ended, stoppable
from gymsite.payments.operations import sweep
from gymsite.postgres.rows import execute
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "run")

CONTESTS: tuple[Callable[[], Contest], ...] = (
    LastPlace,
    Waitlist,
    LastItem,
    LastUnit,
    RefreshToken,
    OneKey,
    Money,
    Refunds,
    OneSlot,
    LastAppointment,
    Webhooks,
)
KILLS = ("a worker", "the server", "the database")
REPEATS = 5  # how often clients without an answer ask again
# after which what nobody came back for is given up
LOST_PATIENCE = timedelta(minutes=20)
SWEEPS = 3  # each so much later than the one before
MOST_HEATS = 40  # of a contest in a round: what is written for one at a time


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for.

    ``attempts`` and ``kills`` are spread over the rounds.
    """

    attempts: int
    kills: int
    control: str = ""

    @property
    def rounds(self) -> list[str]:
        """What is killed in each round ("" is nothing): calm ones first."""
        kinds = KILLS[2:] if self.control == "commits" else KILLS
        killing = [kinds[turn % len(kinds)] for turn in range(self.kills)]
        most = MOST_HEATS * RIVALS * len(CONTESTS)
        calm = max(1, self.kills // 3, -(-self.attempts // most) - self.kills)
        return [""] * calm + killing

    @property
    def heats(self) -> int:
        """Of each contest in each round."""
        return ceil(self.attempts / len(self.rounds) / len(self.contests) / RIVALS)

    @property
    def contests(self) -> list[Contest]:
        """All; with a control the one that it concerns."""
        made = [make() for make in CONTESTS]
        concerned = controls.BY_NAME[self.control].contest if self.control else ""
        return [contest for contest in made if concerned in ("", contest.name)]


def prove(options: Options, say: Say) -> list[Report]:
    """Fight, kill, judge; raises ToolError where nothing could be proved.

    ``say`` hears of the progress.

    With all controls, a short proof for each, and each of them has to report
    violations.
    """
    wanted = [options]
    if options.control == controls.ALL:
        wanted = [
            Options(control.attempts, control.kills, control.name)
            for control in controls.CONTROLS
        ]
    with stoppable(), own_cluster() as cluster:
        return [_proved(each, cluster, say) for each in wanted]


def _proved(options: Options, cluster: Cluster, say: Say) -> Report:
    provider = Provider()
    with (
        cluster.fresh_database(),
        _configured(options, cluster, provider),
        open_for_business(provider) as clerk,
        serving(cluster.url) as site,
    ):
        fights = Fights(options, cluster, site, provider, clerk, say)
        began = time.monotonic()
        for turn in range(len(options.rounds)):
            fights.round(turn)
        return fights.report(time.monotonic() - began)


@contextmanager
def _configured(
    options: Options, cluster: Cluster, provider: Provider
) -> Iterator[None]:
    """The server as safe as it comes, less the guard that the control takes away."""
    controls.restore(cluster)
    if cluster.promises() != SAFE:
        raise ToolError(
            "This PostgreSQL is not set up to keep what it acknowledges: "
            f"{cluster.promises()}"
        )
    try:
        if options.control:
            controls.remove(controls.BY_NAME[options.control], cluster, provider)
        yield
    finally:
        controls.restore(cluster)


class Fights:
    """The rounds of one proof and what has come of them so far."""

    def __init__(
        self,
        options: Options,
        cluster: Cluster,
        site: Site,
        provider: Provider,
        clerk: Clerk,
        say: Say,
    ) -> None:
        self.options, self.cluster, self.site, self.say = options, cluster, site, say
        self.provider, self.clerk = provider, clerk
        self.promises = cluster.promises()
        self.contests = options.contests
        self.scores = {contest.name: Score(contest.name) for contest in self.contests}
        self.kills: Counter[str] = Counter()
        self.dice = random.Random(options.attempts)  # noqa: S311  when to kill
        self.recovering = 0.0
        self.cast = Cast(datetime.now(UTC), provider)

    def round(self, turn: int) -> None:
        """Prepare, fight, let the unanswered ask again, give up the rest, judge."""
        victim = self.options.rounds[turn]
        doing = f"killing {victim} under load" if victim else "fighting"
        self.say(f"round {turn + 1} of {len(self.options.rounds)}: {doing}")
        self.cast.now = datetime.now(UTC)
        # even where a control has the site's commits acknowledged early
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
        with transaction.atomic():
            members = self.cast.members(self.options.heats * RIVALS)
        prepared = {
            contest.name: contest.prepare(self.cast, members, self.options.heats)
            for contest in self.contests
        }
        self._fight(_mixed(prepared.values()), victim)
        self._give_up_leftovers(victim)
        for contest in self.contests:
            score = self.scores[contest.name]
            score.count(prepared[contest.name])
            contest.judge(prepared[contest.name], score, calm=not victim)

    def _fight(self, attempts: list[Attempt], victim: str) -> None:
        after = round(self.dice.uniform(0.1, 0.8) * len(attempts))
        fight(
            self.site.address,
            attempts,
            after=after,
            then=(lambda: self._kill(victim)) if victim else None,
        )
        for _ in range(REPEATS):
            silent = [attempt for attempt in attempts if not attempt.is_answered]
            if not silent or not victim:
                return
            self._let_time_pass()
            fight(self.site.address, silent)

    def _kill(self, victim: str) -> None:
        began = time.monotonic()
        if victim == "the database":
            self.cluster.crash()
        elif victim == "the server":
            self.site.kill()
        else:
            self.site.kill_worker()
        self.kills[victim] += 1
        self.recovering += time.monotonic() - began

    def _let_time_pass(self) -> None:
        """Instead of waiting."""
        execute(SQL.age_keys)
        execute(SQL.age_payments)

    def _give_up_leftovers(self, victim: str) -> None:
        """What the jobs do every minute, as if they came later.

        What the provider says is on its way comes in after the first sweep: some of
        that was given up by then.
        """
        later = datetime.now(UTC) + LOST_PATIENCE
        sweep_holds(now=later)
        if victim:
            self._kill_sweep(later)
        for _ in range(SWEEPS):
            sweep(now=later)
            self.provider.arrive()
            later += LOST_PATIENCE

    def _kill_sweep(self, now: datetime) -> None:
        """It dies between what the provider does and its answer."""
        sweeping = self.site.sweep(now)
        self.clerk.call_back(self.dice.randint(1, 3), sweeping.kill)
        if sweeping.wait() == -SIGKILL:
            self.kills["the sweep"] += 1
        elif sweeping.returncode:
            raise ToolError(f"The sweep ended: {how_it_ended(sweeping.returncode)}.")

    def report(self, seconds: float) -> Report:
        broken = {}
        for invariant in invariants.INVARIANTS:
            if rows := invariants.breaking(invariant, 3):
                broken[invariant.name] = [str(row) for row in rows]
        return Report(
            about=about_machine()
            | {"clients": f"{PROCESSES} processes with {CONNECTIONS} connections each"},
            control=self.options.control,
            promises=self.promises,
            rounds=len(self.options.rounds),
            kills=dict(self.kills),
            recovering=round(self.recovering, 1),
            seconds=round(seconds, 1),
            deadlocks=self.cluster.count_deadlocks(),
            scores=list(self.scores.values()),
            broken=broken,
        )


def _mixed(prepared: Iterable[list[Attempt]]) -> list[Attempt]:
    """Heat by heat, so that rivals meet and all contests go on at once."""
    heats = [
        [attempts[n : n + RIVALS] for n in range(0, len(attempts), RIVALS)]
        for attempts in prepared
    ]
    return list(
        chain.from_iterable(
            chain.from_iterable(filter(None, turn)) for turn in zip_longest(*heats)
        )
    )
