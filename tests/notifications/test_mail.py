"""Mail is sent once, tried again later and later, and given up in the end.

It is kept while the server is away.
"""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail as outgoing
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gymsite.core.models import Notification
from gymsite.notifications import mail
from gymsite.notifications.operations import notify
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class Refusing(EmailBackend):
    """Takes everybody's mail except that of one address."""

    def send_messages(self, messages):
        if messages[0].to == ["nobody@example.com"]:
            raise SMTPRecipientsRefused({messages[0].to[0]: (550, b"no such mailbox")})
        return super().send_messages(messages)


class Away(EmailBackend):
    def open(self):
        raise ConnectionRefusedError("nobody there")


@pytest.fixture
def backends(settings, monkeypatch):
    """The back ends that ``get_connection`` gives; a test may set them."""
    chosen = []
    monkeypatch.setattr(mail, "get_connection", lambda: chosen[-1]())
    return chosen


def tell(now, **user):
    return notify(
        UserFactory(**user).pk,
        kind="booked",
        title="Booked: Spin",
        body="See you.",
        url="/bookings/X/",
        at=now,
    )


def test_a_due_notice_is_sent_once(now, settings):
    notice = tell(now, email="ada@example.com")
    assert [mail.send_due(limit=10, now=now), mail.send_due(limit=10, now=now)] == [
        1,
        0,
    ]
    (message,) = outgoing.outbox
    assert (message.to, message.subject) == (["ada@example.com"], "Booked: Spin")
    assert f"See you.\n\n{settings.SITE_URL}/bookings/X/" in message.body
    notice.refresh_from_db()
    assert notice.email_state == "sent"


def test_a_refused_mail_is_tried_later_and_later_then_given_up(now, backends):
    backends.append(Refusing)
    notice, other = tell(now, email="nobody@example.com"), tell(now)
    assert mail.send_due(limit=10, now=now) == 2
    other.refresh_from_db()
    assert other.email_state == "sent"
    for wait in mail.RETRIES:
        assert mail.send_due(limit=10, now=now + wait - timedelta(seconds=1)) == 0
        assert mail.send_due(limit=10, now=now + wait) == 1
    notice.refresh_from_db()
    assert (notice.email_state, notice.email_attempts) == (
        "failed",
        len(mail.RETRIES) + 1,
    )
    assert mail.send_due(limit=10, now=now + timedelta(days=9)) == 0


def test_while_the_server_is_away_everything_stays_due_and_no_try_is_spent(
    now, backends
):
    backends.append(Away)
    tell(now)
    assert mail.send_due(limit=10, now=now) == 0
    assert Notification.objects.get().email_attempts == 0
    backends.append(EmailBackend)
    assert mail.send_due(limit=10, now=now) == 1
    assert Notification.objects.get().email_state == "sent"


def test_a_title_with_a_line_break_stays_in_its_header(now, backends):
    backends.append(EmailBackend)
    bad = tell(now)
    Notification.objects.filter(pk=bad.pk).update(title="Booked\nBcc: all@example.com")
    tell(now, email="ben@example.com")
    mail.send_due(limit=10, now=now)
    assert [message.subject for message in outgoing.outbox] == [
        "Booked Bcc: all@example.com",
        "Booked: Spin",
    ]


def test_the_oldest_go_first_up_to_the_limit(now):
    for name in ("one", "two", "three"):
        tell(now, email=f"{name}@example.com")
    assert mail.send_due(limit=2, now=now) == 2
    assert [message.to[0] for message in outgoing.outbox] == [
        "one@example.com",
        "two@example.com",
    ]


def test_a_mail_more_is_a_statement_more(now):
    """One query for all asks who wants no mail about what."""
    counts = []
    for mails in (2, 7):
        for _ in range(mails):
            tell(now)
        with CaptureQueriesContext(connection) as asked:
            mail.send_due(limit=20, now=now)
        counts.append(len(asked) - mails)
    assert counts[0] == counts[1]
