"""What a provider tells many times at once about one payment."""

import json
from datetime import datetime
from typing import Any

from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners
from gymsite.ops.prove.provider import SECRET
from gymsite.ops.rig.load import Request, send
from gymsite.payments.gateways.signed_events import sign
from gymsite.payments.models import Payment
from gymsite.payments.operations import begin
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "webhooks")


class Webhooks:
    """Five events come twice each, all of one payment: it buys one pack, once paid.

    A member may have any number of packs, so only the payment's state stands between a
    repeat and a second one.
    """

    name = "webhooks of one payment"

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        return [
            Attempt(payment.pk, payment.member_id, [self._tell(payment, n, cast.now)])
            for payer in cast.members(heats, is_enrolled=False)
            for payment in [self._paid(cast, payer)]
            for n in range(RIVALS)
        ]

    def _paid(self, cast: Cast, payer: Member) -> Payment:
        """Begun, and paid at the provider, who has told nobody yet."""
        begun = begin(
            purpose="membership",
            thing=f"member {payer.id}",
            branch_id=cast.branch.pk,
            member_id=payer.id,
            amount_minor=cast.pack.price_minor,
            currency=cast.pack.currency,
            gateway="card",
            wish={
                "plan": cast.pack.pk,
                "branch": cast.branch.pk,
                "actor": payer.id,
            },
            now=cast.now,
        )
        cast.provider.taken[begun.key] = begun.amount_minor
        cast.provider.payers[begun.key] = payer.id
        return begun

    def _tell(self, payment: Payment, number: int, now: datetime) -> Request:
        told = {
            "type": "charge.paid",
            "key": payment.key,
            "reference": f"ref-{payment.key}",
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
        }
        body = json.dumps(told).encode()
        event = f"evt_{payment.pk}_{number // 2}"
        headers = sign(body, secret=SECRET, event_id=event, at=now)
        path = "/api/v1/payments/webhook/card"
        return send("POST", path, told, signature=headers)

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        found = fetch_all(SQL.bought, {"payments": list(heats)})
        for row in found:
            score.heats += 1
            judge_winners(score, row.payment, winners=row.things, capacity=1)
            self._judge_payment(score, row, heats[row.payment])

    def _judge_payment(self, score: Score, row: Any, told: list[Attempt]) -> None:
        if row.entered != row.amount:
            score.violated(
                f"payment {row.payment}: {row.amount} was paid, {row.entered} entered"
            )
        for event in told:
            if event.last.values.get("outcome") != "done":
                score.violated(
                    f"payment {row.payment}: an event was answered {event.last.code}"
                )
