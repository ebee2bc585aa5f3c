"""The command that moves sessions to their wall time at once."""

from datetime import time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bookings.models import ClassSession
from bookings.operations.bookings import book_session
from tests.factories import (
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def told(capsys, **options):
    call_command("walltimes", **options)
    return capsys.readouterr().out


@pytest.fixture
def off():
    """A booked session an hour late, as new rules of its zone would leave it."""
    session = SessionFactory()
    ClassSession.objects.filter(pk=session.pk).update(
        starts_at=session.starts_at + HOUR, ends_at=session.ends_at + HOUR
    )
    book_session(
        session_id=session.pk, member_id=MemberFactory().pk, now=timezone.now()
    )
    return session


def starts_at(session):
    return ClassSession.objects.get(pk=session.pk).starts_at


def test_a_dry_run_says_what_would_move_and_moves_nothing(off, capsys):
    said = told(capsys, dry_run=True)
    assert (
        "riverside (Europe/London): 1 sessions off their wall time, with 1 places and "
        "0 turns;"
    ) in said
    assert "done" not in said
    assert starts_at(off) == off.starts_at + HOUR


def test_it_moves_them_with_their_bookings_and_finds_none_the_next_time(off, capsys):
    assert "1 done, 0 put off." in told(capsys)
    assert starts_at(off) == off.bookings.get().starts_at == off.starts_at
    assert "0 sessions off their wall time" in told(capsys)


def test_one_that_cannot_move_is_put_off_and_it_fails(off, capsys):
    elsewhere = GymClassFactory(
        branch=BranchFactory(slug="elsewhere"), trainer=off.trainer, starts=time(17, 30)
    )
    SessionFactory(gym_class=elsewhere, session_date=off.session_date)
    with pytest.raises(CommandError, match="1 sessions are put off"):
        call_command("walltimes")
    assert "1 sessions meet a taken room or trainer" in capsys.readouterr().out
    assert starts_at(off) == off.starts_at + HOUR
