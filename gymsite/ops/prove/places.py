"""The last place of a class with the line behind it, and a line that moves up while
others join it."""

from collections import Counter
from datetime import time
from typing import Any

from bookings.operations.bookings import book_session
from bookings.operations.waitlist import join_waitlist
from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners, rows
from gymsite.ops.rig.load import Request, send

API = "/api/v1/bookings"
HOLDS = "('booked', 'attended', 'no_show')"
PLACES = f"""
SELECT session_id, member_id, id, reference FROM bookings_booking
WHERE session_id = ANY(%(sessions)s) AND status IN {HOLDS}
"""
TURNS = """
SELECT session_id, member_id, position, status FROM bookings_waitlistentry WHERE session_id = ANY(%(sessions)s)
"""


def book(session: int, member: Member) -> Request:
    return send(
        "POST",
        f"{API}/book",
        {"session_id": session},
        token=member.token,
        key=tokens.new(),
    )


def join(session: int, member: Member) -> Request:
    return send(
        "POST", f"{API}/{session}/waitlist/join", token=member.token, key=tokens.new()
    )


def cancel(session: int, member: Member) -> Request:
    """It carries no key: to ask twice is to be told twice."""
    return send("DELETE", f"{API}/{session}/cancel", token=member.token)


class Held:
    """Who holds a place and who is in line, by session."""

    def __init__(self, sessions: list[int]) -> None:
        self.places: dict[int, list[tuple[int, int, str]]] = {
            session: [] for session in sessions
        }
        self.turns: dict[int, list[tuple[int, int, str]]] = {
            session: [] for session in sessions
        }
        for session, member, pk, reference in rows(PLACES, {"sessions": sessions}):
            self.places[session].append((member, pk, reference))
        for session, *turn in rows(TURNS, {"sessions": sessions}):
            self.turns[session].append((turn[0], turn[1], turn[2]))


def judge_once_each(score: Score, session: int, held: Held) -> None:
    """Nobody has two places in a session, no two the same turn."""
    people = [member for member, *_ in held.places[session]]
    positions = [position for _, position, _ in held.turns[session]]
    if twice := len(people) - len(set(people)):
        score.violated(
            f"session {session}: {twice} places of people who have one already",
            doubled=twice,
        )
    if sorted(positions) != list(range(1, len(positions) + 1)):
        score.violated(
            f"session {session}: the line's positions are {sorted(positions)[:12]}"
        )


class LastPlace:
    """Ten members for one place; whoever is told that it is full joins the line. One
    books, nine wait in order."""

    name = "last place of a class"

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        sessions = cast.sessions(heats, capacity=1, starts=time(10))
        return [
            Attempt(session, member.id, [book(session, member), join(session, member)])
            for session, first in zip(
                sessions, range(0, len(members), RIVALS), strict=True
            )
            for member in members[first : first + RIVALS]
        ]

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        held = Held(list(heats))
        for session, rivals in heats.items():
            score.heats += 1
            judge_winners(score, session, winners=len(held.places[session]), capacity=1)
            judge_once_each(score, session, held)
            self._judge_answers(session, rivals, held, score)

    def _judge_answers(
        self, session: int, rivals: list[Attempt], held: Held, score: Score
    ) -> None:
        places = {
            member: (pk, reference) for member, pk, reference in held.places[session]
        }
        waiting = {
            member for member, _, status in held.turns[session] if status == "waiting"
        }
        for rival in rivals:
            told = rival.last
            if 0 in rival.answers and rival.answers[0].succeeded:
                if places.get(rival.member) != (
                    told.values.get("id"),
                    told.values.get("reference"),
                ):
                    score.violated(
                        f"session {session}: the place of member {rival.member} is "
                        "gone",
                        lost=1,
                    )
            elif told.succeeded and rival.member not in waiting:
                score.violated(
                    f"session {session}: the turn of member {rival.member} is gone",
                    lost=1,
                )
            elif not told.succeeded and (
                rival.member in places or rival.member in waiting
            ):
                score.violated(
                    f"session {session}: member {rival.member} was refused and has it",
                    doubled=1,
                )
        ranks = Counter(
            rival.last.values["position"]
            for rival in rivals
            if "position" in rival.last.values
        )
        if doubled := sum(times - 1 for times in ranks.values()):
            score.violated(
                f"session {session}: {doubled} were given a turn that others have",
                doubled=doubled,
            )


class Waitlist:
    """Three give their places back while seven join a line of one: who was first in
    line moves up, nobody else.

    The third place given back may find nobody waiting; then it is free, and who comes
    later is sent to book it.
    """

    name = "waitlist"
    HOLDERS = 3

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        sessions = cast.sessions(heats, capacity=self.HOLDERS, starts=time(18))
        waiting = cast.members(heats)
        attempts: list[Attempt] = []
        for session, first, head in zip(
            sessions, range(0, len(members), RIVALS), waiting, strict=True
        ):
            rivals = members[first : first + RIVALS]
            for holder in rivals[: self.HOLDERS]:
                book_session(session_id=session, member_id=holder.id, now=cast.now)
            join_waitlist(session_id=session, member_id=head.id, now=cast.now)
            attempts += self._mixed(session, rivals)
        return attempts

    def _mixed(self, session: int, rivals: list[Member]) -> list[Attempt]:
        leave = [
            Attempt(session, holder.id, [cancel(session, holder)], "cancel")
            for holder in rivals[: self.HOLDERS]
        ]
        come = [
            Attempt(session, member.id, [join(session, member)], "join")
            for member in rivals[self.HOLDERS :]
        ]
        return [
            come[0],
            leave[0],
            *come[1:3],
            leave[1],
            *come[3:5],
            leave[2],
            *come[5:],
        ]

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        held = Held(list(heats))
        for session, rivals in heats.items():
            score.heats += 1
            judge_once_each(score, session, held)
            self._judge_line(session, rivals, held, score)

    def _judge_line(
        self, session: int, rivals: list[Attempt], held: Held, score: Score
    ) -> None:
        line = sorted(held.turns[session], key=lambda turn: turn[1])
        places = {member for member, *_ in held.places[session]}
        given = sum(rival.role == "cancel" and rival.last.succeeded for rival in rivals)
        judge_winners(
            score,
            session,
            winners=len(places),
            capacity=min(given, len(line)) + self.HOLDERS - given,
        )
        promoted = [member for member, _, status in line if status == "promoted"]
        if promoted != [member for member, *_ in line[: len(promoted)]]:
            score.violated(f"session {session}: somebody moved up before their turn")
        if not set(promoted) <= places:
            score.violated(
                f"session {session}: somebody moved up and has no place", lost=1
            )
        turns: dict[int, Any] = {member: status for member, _, status in line}
        for rival in rivals:
            if (
                rival.role == "cancel"
                and rival.last.succeeded
                and rival.member in places
            ):
                score.violated(
                    f"session {session}: what member {rival.member} gave back is "
                    "theirs again",
                    lost=1,
                )
            elif rival.role == "join" and rival.last.succeeded != (
                rival.member in turns
            ):
                kind = {"lost": 1} if rival.last.succeeded else {"doubled": 1}
                score.violated(
                    f"session {session}: member {rival.member} was told otherwise "
                    "about the line",
                    **kind,
                )
