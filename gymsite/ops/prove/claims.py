"""One refresh token, and one idempotency key, used by many at once."""

from typing import Any

from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners
from gymsite.ops.rig.load import Request, send
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "claims")


class RefreshToken:
    """Ten clients with one refresh token: one gets a new pair, a replay ends it.

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
            Attempt(holder.id, holder.id, [self._refresh(secret)])
            for holder, secret in zip(holders, refresh, strict=True)
            for _ in range(RIVALS)
        ]

    def _refresh(self, secret: str) -> Request:
        body = {"refresh_token": secret}
        return send("POST", "/api/v1/auth/refresh", body, key=tokens.new())

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        found = fetch_all(SQL.sessions, {"members": list(heats)})
        kept = {row.member: row for row in found}
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
            replayed = winners and len(winners) < len(rivals)
            if replayed and holder in kept and kept[holder].is_active:
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
        if kept is None or given != [bytes(kept.access_hash), bytes(kept.refresh_hash)]:
            score.violated(
                f"member {winner.member}: the pair of tokens that was given is not "
                "kept",
                lost=1,
            )


class OneKey:
    """Ten times one purchase under one key: one pack, one payment, one answer.

    A member may hold any number of packs, so nothing but the key stands between a
    repeat and a second purchase.
    """

    name = "one idempotency key"

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        self._pack = cast.pack.pk
        attempts: list[Attempt] = []
        for buyer in members[1::RIVALS]:
            path = f"/api/v1/membership/{buyer.id}/enroll"
            body = {"plan_id": self._pack}
            request = send("POST", path, body, token=buyer.token, key=tokens.new())
            attempts += [Attempt(buyer.id, buyer.id, [request]) for _ in range(RIVALS)]
        return attempts

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        values = {"members": list(heats), "pack": self._pack}
        found = fetch_all(SQL.packs, values)
        for buyer, rivals in heats.items():
            score.heats += 1
            mine = {row.id: row.payments for row in found if row.member == buyer}
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
