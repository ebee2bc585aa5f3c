"""One refresh token, and one idempotency key, used by many at once."""

from typing import Any

from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners, rows
from gymsite.ops.rig.load import send

SESSIONS = """
SELECT user_id, access_hash, refresh_hash, replaced_hash, is_active FROM core_apisession
WHERE client = 'prove' AND user_id = ANY(%(members)s) AND replaced_hash IS NOT NULL
"""
PACKS = """
SELECT m.member_id, m.id,
    (SELECT count(*) FROM payments_payment p WHERE p.member_id = m.member_id AND p.gateway = 'desk') AS payments
FROM memberships_membership m WHERE m.member_id = ANY(%(members)s) AND m.plan_id = %(pack)s
"""


class RefreshToken:
    """Ten clients with one refresh token: one gets the new pair, the others' replay
    ends the session.

    Where the server was killed over it, the new pair may never have arrived: then
    nobody has one.
    """

    name = "one refresh token"

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        holders = members[::RIVALS]
        refresh = cast.log_in(
            [holder.id for holder in holders], access=[tokens.new() for _ in holders]
        )
        return [
            Attempt(
                holder.id,
                holder.id,
                [
                    send(
                        "POST",
                        "/api/v1/auth/refresh",
                        {"refresh_token": secret},
                        key=tokens.new(),
                    )
                ],
            )
            for holder, secret in zip(holders, refresh, strict=True)
            for _ in range(RIVALS)
        ]

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        kept: dict[int, Any] = {
            row[0]: row[1:] for row in rows(SESSIONS, {"members": list(heats)})
        }
        for holder, rivals in heats.items():
            score.heats += 1
            winners = [rival for rival in rivals if rival.last.succeeded]
            killed = any(rival.silences for rival in rivals)
            judge_winners(
                score,
                holder,
                winners=len(winners),
                capacity=min(1, len(winners)) if killed else 1,
            )
            for winner in winners:
                self._judge_pair(score, winner, kept.get(holder))
            if (
                winners
                and len(winners) < len(rivals)
                and holder in kept
                and kept[holder][3]
            ):
                score.violated(
                    f"member {holder}: the replay of a used token did not end the "
                    "session"
                )

    def _judge_pair(self, score: Score, winner: Attempt, kept: Any) -> None:
        """The tokens that a client was given are those whose hashes are kept."""
        given = [
            tokens.digest(winner.last.values[name])
            for name in ("access_token", "refresh_token")
        ]
        if kept is None or given != [bytes(kept[0]), bytes(kept[1])]:
            score.violated(
                f"member {winner.member}: the pair of tokens that was given is not "
                "kept",
                lost=1,
            )


class OneKey:
    """Ten times the same purchase under one idempotency key: one class pack, one
    payment, one answer.

    A member may hold any number of packs, so nothing but the key stands between a
    repeat and a second purchase.
    """

    name = "one idempotency key"

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        self._pack = cast.pack.pk
        attempts: list[Attempt] = []
        for buyer in members[1::RIVALS]:
            path, body = (
                f"/api/v1/membership/{buyer.id}/enroll",
                {"plan_id": self._pack},
            )
            request = send("POST", path, body, token=buyer.token, key=tokens.new())
            attempts += [Attempt(buyer.id, buyer.id, [request]) for _ in range(RIVALS)]
        return attempts

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        found = rows(PACKS, {"members": list(heats), "pack": self._pack})
        for buyer, rivals in heats.items():
            score.heats += 1
            mine = {pk: payments for member, pk, payments in found if member == buyer}
            judge_winners(score, buyer, winners=len(mine), capacity=1)
            if any(payments != len(mine) for payments in mine.values()):
                score.violated(
                    f"member {buyer}: {len(mine)} packs, payments "
                    f"{list(mine.values())}",
                    doubled=1,
                )
            told = {rival.last.values["id"] for rival in rivals if rival.last.succeeded}
            if lost := told - set(mine):
                score.violated(
                    f"member {buyer}: packs {sorted(lost)} were sold and are gone",
                    lost=len(lost),
                )
            if len(told) > 1:
                score.violated(
                    f"member {buyer}: one key was answered with packs {sorted(told)}",
                    doubled=len(told) - 1,
                )
