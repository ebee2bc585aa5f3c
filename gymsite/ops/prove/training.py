"""A trainer's one slot, and the last appointment of a pack."""

from datetime import UTC, datetime, time, timedelta

from bookings.models import Trainer
from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners
from gymsite.ops.rig.load import Request, send
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements
from memberships.operations.memberships import enroll

SQL = statements("gymsite.ops.prove", "training")

AHEAD = timedelta(days=3)
LENGTH = timedelta(minutes=15)


def book(
    cast: Cast, trainer: Trainer, at: datetime, member: Member, *, pay_by: str
) -> Request:
    wish = {
        "trainer_id": trainer.pk,
        "service_id": cast.service.pk,
        "starts_at": at.isoformat(),
        "pay_by": pay_by,
    }
    path = "/api/v1/appointments/book"
    return send("POST", path, wish, token=member.token, key=tokens.new())


def judge_answer(score: Score, rival: Attempt, mine: set[int]) -> None:
    """Whether what a rival was told is what they have, by the appointments' ids."""
    told = rival.last
    if told.succeeded and told.values.get("id") not in mine:
        score.violated(
            f"heat {rival.heat}: the appointment of member {rival.member} is gone",
            lost=1,
        )


class OneSlot:
    """Fifty members for one trainer at one time: one has it, and is asked to pay."""

    name = "one slot of a trainer"
    RIVALS = 50

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        slots = cast.trainers(-(-heats * RIVALS // self.RIVALS))
        at = datetime.combine((cast.now + AHEAD).date(), time(10), UTC)
        return [
            Attempt(slot.pk, member.id, [book(cast, slot, at, member, pay_by="desk")])
            for slot in slots
            for member in cast.members(self.RIVALS, is_enrolled=False)
        ]

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        rows = fetch_all(SQL.of_trainers, {"trainers": list(heats)})
        for trainer, rivals in heats.items():
            score.heats += 1
            here = [row for row in rows if row.trainer == trainer]
            judge_winners(score, trainer, winners=len(here), capacity=1)
            for rival in rivals:
                mine = {row.id for row in here if row.client == rival.member}
                judge_answer(score, rival, mine)
                if mine and not rival.last.succeeded:
                    score.violated(
                        f"heat {trainer}: member {rival.member} was refused and has it",
                        doubled=1,
                    )


class LastAppointment:
    """Ten appointments with ten trainers on a pack of one, which counts one of them."""

    name = "last appointment of a pack"
    A_DAY = 5  # heats, each at times of its own

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        trainers = cast.trainers(RIVALS)
        clients = cast.members(heats, is_enrolled=False)
        for client in clients:
            self._sell(cast, client)
        return [
            Attempt(
                client.id,
                client.id,
                [book(cast, trainer, first + n * LENGTH, client, pay_by="pack")],
            )
            for client, first in zip(clients, self._times(cast, heats), strict=True)
            for n, trainer in enumerate(trainers)
        ]

    def _times(self, cast: Cast, heats: int) -> list[datetime]:
        days = [(cast.now + AHEAD).date() + timedelta(days=n) for n in range(heats)]
        return [
            datetime.combine(days[heat // self.A_DAY], time(7), UTC)
            + heat % self.A_DAY * RIVALS * LENGTH
            for heat in range(heats)
        ]

    def _sell(self, cast: Cast, client: Member) -> None:
        sold = enroll(
            member_id=client.id,
            plan_id=cast.last_one.pk,
            actor_id=client.id,
            now=cast.now,
        )
        payment = Payment.objects.get(billing_period__membership=sold)
        take_payment(payment_id=payment.pk, actor_id=client.id, now=cast.now)

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        rows = fetch_all(SQL.of_clients, {"clients": list(heats)})
        for client, rivals in heats.items():
            score.heats += 1
            mine = {row.id for row in rows if row.client == client}
            judge_winners(score, client, winners=len(mine), capacity=1)
            for rival in rivals:
                judge_answer(score, rival, mine)
            if untold := len(mine) - sum(rival.last.succeeded for rival in rivals):
                score.violated(f"heat {client}: nobody was told of {untold} of them")
