"""The last place of a class, and a line that moves up while others join it."""

from collections import Counter
from datetime import time
from typing import Any

from bookings.operations.bookings import book_session
from bookings.operations.waitlist import join_waitlist
from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners
from gymsite.ops.rig.load import Request, send
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "places")

API = "/api/v1/bookings"


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
        self.places: dict[int, list[Any]] = {session: [] for session in sessions}
        self.turns: dict[int, list[Any]] = {session: [] for session in sessions}
        for place in fetch_all(SQL.places, {"sessions": sessions}):
            self.places[place.session].append(place)
        for turn in fetch_all(SQL.turns, {"sessions": sessions}):
            self.turns[turn.session].append(turn)


def judge_once_each(score: Score, session: int, held: Held) -> None:
    """Nobody has two places in a session, no two the same turn."""
    people = [place.member for place in held.places[session]]
    positions = [turn.position for turn in held.turns[session]]
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
    """Ten members for one place; whoever is told that it is full joins the line.

    One books, nine wait in order.
    """

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
            place.member: (place.id, place.reference) for place in held.places[session]
        }
        waiting = {
            turn.member for turn in held.turns[session] if turn.status == "waiting"
        }
        for rival in rivals:
            told = rival.last
            if 0 in rival.answers and rival.answers[0].succeeded:
                given = told.values.get("id"), told.values.get("reference")
                if places.get(rival.member) != given:
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
    """Three leave, seven join a line of one: who is first moves up, nobody else.

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
        line = sorted(held.turns[session], key=lambda turn: turn.position)
        places = {place.member for place in held.places[session]}
        given = sum(rival.role == "cancel" and rival.last.succeeded for rival in rivals)
        judge_winners(
            score,
            session,
            winners=len(places),
            capacity=min(given, len(line)) + self.HOLDERS - given,
        )
        promoted = [turn.member for turn in line if turn.status == "promoted"]
        if promoted != [turn.member for turn in line[: len(promoted)]]:
            score.violated(f"session {session}: somebody moved up before their turn")
        if not set(promoted) <= places:
            score.violated(
                f"session {session}: somebody moved up and has no place", lost=1
            )
        turns = {turn.member for turn in line}
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
