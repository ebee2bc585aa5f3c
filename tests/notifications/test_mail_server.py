"""Mail over a real SMTP server, read by the standard library.

The tests look at headers, parts, links, and a server that misbehaves.
"""

import os
import re
import subprocess
import sys
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

import pytest
from django.test import Client

from bookings.models import Booking, WaitlistEntry
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.waitlist import join_waitlist
from gymsite.core.models import Brand, MailOptOut, Notification
from gymsite.notifications import mail, notice_kinds, outbox
from gymsite.notifications.operations import notify
from tests.factories import MemberFactory, SessionFactory, UserFactory
from tests.mail_server import mail_server

pytestmark = pytest.mark.django_db
SITE = "https://gym.example"


@pytest.fixture
def server(settings):
    settings.SITE_URL, settings.DEFAULT_FROM_EMAIL = (
        SITE,
        "Somebody <hello@gym.example>",
    )
    Brand.objects.update_or_create(
        pk=1, defaults={"name": "Eastside", "support_email": "desk@gym.example"}
    )
    with mail_server(settings) as running:
        yield running


def tell(now, **user):
    person = UserFactory(**user)
    return notify(
        person.pk,
        kind="cancelled",
        title="Cancelled: Spin",
        body="Sorry.",
        url="/classes/4/",
        at=now,
    )


def sent_to(server):
    return sorted(parseaddr(message["To"])[1] for message in server.received)


def test_a_notice_says_who_writes_why_and_that_a_machine_did(now, server):
    notice = tell(now, email="ada@example.com", first_name="Ada")
    mail.send_due(limit=10, now=now)
    (message,) = server.received
    sender = message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Eastside", "hello@gym.example")
    assert message["Reply-To"].addresses[0].addr_spec == "desk@gym.example"
    assert (message["Subject"], message["Auto-Submitted"]) == (
        "Cancelled: Spin",
        "auto-generated",
    )
    assert message["Message-ID"] == f"<notice-{notice.pk}@gym.example>"
    assert message.get_content_type() == "multipart/alternative"
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for part in (text, html):
        assert (
            "Hello Ada," in part and "Sorry." in part and f"{SITE}/classes/4/" in part
        )
        assert "Eastside writes to you because you book classes there." in part
        assert f"{SITE}/profile/" in part and not message.defects
    assert "&" not in text.replace(message["List-Unsubscribe"].strip(" <>"), "")


def test_one_click_stops_a_topic_without_a_log_in(now, server):
    notice = tell(now)
    mail.send_due(limit=10, now=now)
    (message,) = server.received
    link = message["List-Unsubscribe"].strip(" <>")
    assert (
        link.startswith(f"{SITE}/mail/off/")
        and message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    )
    anybody = Client(enforce_csrf_checks=True)
    path = urlsplit(link).path
    # a scanner follows links
    assert anybody.get(path).status_code == 200 and not MailOptOut.objects.exists()
    for _ in range(2):
        answer = anybody.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert MailOptOut.objects.get().topic == "bookings"
    muted = notify(notice.user_id, kind="booked", title="Booked: Spin", at=now)
    other = notify(notice.user_id, kind="ordered", title="Order", at=now)
    mail.send_due(limit=10, now=now)
    assert [message["Subject"] for message in server.received] == [
        "Cancelled: Spin",
        "Order",
    ]
    states = dict(Notification.objects.values_list("pk", "email_state"))
    assert (states[muted.pk], states[other.pk]) == ("none", "sent")


def test_a_link_that_was_changed_stops_nothing(now, server, client):
    tell(now)
    mail.send_due(limit=10, now=now)
    path = urlsplit(server.received[0]["List-Unsubscribe"].strip(" <>")).path
    assert client.post(path[:-3] + "x/").status_code == 404
    assert client.post("/mail/off/WzEsImJvb2tpbmdzIl0/").status_code == 404
    assert not MailOptOut.objects.exists()


def test_the_profile_switches_mail_off_and_on_by_topic(client):
    member = MemberFactory()
    client.force_login(member)
    page = client.get("/profile/").content.decode()
    assert set(re.findall(r'name="topic"\s+value="(\w+)"', page)) == {
        "bookings",
        "appointments",
        "waitlists",
        "membership",
        "shop",
    }
    client.post("/profile/mail/", {"topic": ["bookings", "nonsense"]})
    off = MailOptOut.objects.filter(user=member)
    assert set(off.values_list("topic", flat=True)) == {
        "appointments",
        "waitlists",
        "membership",
        "shop",
    }
    client.post("/profile/mail/", {"topic": ["bookings", "shop"]})
    assert set(off.values_list("topic", flat=True)) == {
        "appointments",
        "waitlists",
        "membership",
    }


def test_every_kind_of_notice_belongs_to_a_topic():
    told = {
        "booked",
        "promoted",
        "cancelled",
        "late_cancelled",
        "class_called_off",
        "trainer_substituted",
    }
    told |= {
        "waitlist_closed",
        "waitlist_ended",
        "passed_over",
        "place_freed",
        "enrolled",
        "membership_ended",
    }
    told |= {"ordered", "order_ready", "order_refunded", "rented", "returned"}
    told |= {"rental_refunded", "payment_refunded"}
    told |= {
        "appointment_requested",
        "appointment_booked",
        "appointment_accepted",
        "appointment_moved",
        "appointment_cancelled",
        "appointment_cancelled_late",
        "appointment_declined",
        "appointment_missed",
        "appointment_refunded",
        "appointment_credited",
        "appointment_reminded",
    }
    assert [
        kind
        for kind in told
        if notice_kinds.topic_of(kind) is None or not outbox.handlers_of(kind)
    ] == []


def test_a_server_that_closes_in_mid_batch_costs_nobody_a_try(now, server):
    server.reply = lambda number, address: "close" if number % 5 == 4 else None
    for number in range(24):
        tell(now, email=f"m{number}@example.com")
    assert mail.send_due(limit=50, now=now) == 24
    assert len(set(sent_to(server))) == len(server.received) == 24
    assert set(Notification.objects.values_list("email_state", "email_attempts")) == {
        ("sent", 0)
    }
    assert server.connections == 1 + server.offered // 5


def test_421_and_4yz_wait_without_costing_a_try_and_5yz_count(now, server):
    says = {
        "busy@example.com": "450 not now",
        "gone@example.com": "550 no such mailbox",
    }
    server.reply = lambda number, address: says.get(address)
    notices = {
        name: tell(now, email=f"{name}@example.com") for name in ("busy", "gone", "ada")
    }
    assert mail.send_due(limit=10, now=now) == 3
    assert sent_to(server) == ["ada@example.com"]
    kept = {
        name: Notification.objects.get(pk=notice.pk) for name, notice in notices.items()
    }
    assert (kept["busy"].email_state, kept["busy"].email_attempts) == ("due", 0)
    assert (kept["gone"].email_state, kept["gone"].email_attempts) == ("due", 1)
    assert mail.send_due(limit=10, now=now + timedelta(seconds=30)) == 0
    says.clear()
    assert mail.send_due(limit=10, now=now + mail.LATER) == 2
    assert set(Notification.objects.values_list("email_state", flat=True)) == {"sent"}


def test_a_server_that_wants_no_more_today_is_left_alone(now, server):
    server.reply = lambda number, address: None if number < 3 else "421 too many today"
    for number in range(6):
        tell(now, email=f"m{number}@example.com")
    # two are taken; the third was also offered over a second connection
    assert mail.send_due(limit=10, now=now) == 3
    assert (server.offered, len(server.received)) == (4, 2)
    assert set(Notification.objects.values_list("email_attempts", flat=True)) == {0}


def test_a_server_that_goes_away_in_mid_batch_leaves_the_rest_as_it_is(
    now, server, monkeypatch
):
    opened = mail._opens
    monkeypatch.setattr(
        mail, "_opens", lambda connection: server.offered == 0 and opened(connection)
    )
    server.reply = lambda number, address: "close" if number == 2 else None
    for number in range(4):
        tell(now, email=f"m{number}@example.com")
    assert mail.send_due(limit=10, now=now) == 1
    left = Notification.objects.filter(email_state="due")
    assert (
        set(left.values_list("email_attempts", "email_due_at")) == {(0, now)}
        and left.count() == 3
    )


def test_a_free_place_is_told_of_while_it_is_free_and_one_waits(now, server):
    session = SessionFactory(gym_class__capacity=1)
    holder, waiting = MemberFactory(), MemberFactory()
    booking = book_session(session_id=session.pk, member_id=holder.pk, now=now)
    join_waitlist(session_id=session.pk, member_id=waiting.pk, now=now)
    kept = {
        "kind": "place_freed",
        "title": "A place is free",
        "subject_id": session.pk,
        "at": now,
    }
    taken = notify(waiting.pk, **kept)
    mail.send_due(limit=10, now=now)
    taken.refresh_from_db()
    assert (taken.email_state, server.received) == ("lapsed", [])
    session.refresh_from_db()
    close = session.starts_at - timedelta(minutes=30)  # this late, nobody is promoted
    cancel_booking(
        booking_id=booking.pk, member_id=holder.pk, actor_id=holder.pk, now=close
    )
    assert WaitlistEntry.objects.get(session=session).status == "waiting"
    free = notify(waiting.pk, **kept | {"at": close, "until": session.starts_at})
    late = notify(waiting.pk, **kept | {"at": close, "until": close})
    mail.send_due(limit=10, now=close)
    states = dict(Notification.objects.values_list("pk", "email_state"))
    assert (states[free.pk], states[late.pk]) == ("sent", "lapsed")


def test_booked_is_not_said_once_it_is_cancelled(now, server):
    session, member = SessionFactory(), MemberFactory()
    booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
    outbox.drain(now=now)
    cancel_booking(
        booking_id=booking.pk, member_id=member.pk, actor_id=member.pk, now=now
    )
    outbox.drain(now=now)
    mail.send_due(limit=10, now=now)
    assert [message["Subject"].split(":")[0] for message in server.received] == [
        "Cancelled"
    ]
    assert Booking.objects.get().status == "cancelled"


def test_no_notice_is_mailed_after_three_days(now, server):
    tell(now)
    mail.send_due(limit=10, now=now + timedelta(days=3))
    assert server.received == [] and Notification.objects.get().email_state == "lapsed"


def test_names_from_people_change_no_header(now, server):
    Brand.objects.update(name='East"side\u202e')
    evil = tell(now, first_name="Ada\u202e")
    title = "Booked: Spin\r\nBcc: all@example.com\u2028\u202e" + "x" * 70
    Notification.objects.filter(pk=evil.pk).update(title=title)
    mail.send_due(limit=10, now=now)
    (message,) = server.received
    assert message["Bcc"] is None and message["Subject"].startswith(
        "Booked: Spin Bcc: all@example.com xxx"
    )
    assert message["From"].addresses[0].display_name == 'East"side'
    assert (
        "\u202e" not in message["Subject"]
        and "Hello Ada," in message.get_body(("plain",)).get_content()
    )


def test_the_log_ins_mails_are_the_brands(server, client, now):
    UserFactory(email="ada@example.com", first_name="Ada", username="ada")
    client.post("/account/password/reset/", {"email": "ada@example.com"})
    client.post("/account/password/reset/", {"email": "nobody@example.com"})
    sent = {message["To"]: message for message in server.received}
    for message in sent.values():
        assert message["From"].addresses[0].display_name == "Eastside"
        assert message["Auto-Submitted"] == "auto-generated" and message[
            "Message-ID"
        ].endswith("@gym.example>")
        assert message["List-Unsubscribe"] is None
        for part in (
            message.get_body(("plain",)).get_content(),
            message.get_body(("html",)).get_content(),
        ):
            assert "Hello" in part and "Eastside writes to you" in part
            assert "testserver" not in part and "example.com]" not in part
    reset = sent["ada@example.com"]
    assert reset["Subject"] == "Choose a new password for Eastside"
    assert (
        f"{SITE}/account/password/reset/key/"
        in reset.get_body(("plain",)).get_content()
    )
    assert "Hello Ada," in reset.get_body(("plain",)).get_content()


def test_joining_works_while_the_mail_server_is_away(server, client, settings):
    settings.EMAIL_PORT = 1
    typed = {
        "email": "eve@example.com",
        "username": "eve",
        "password1": "correct horse battery",
    }
    answer = client.post("/account/signup/", typed, follow=True)
    assert (
        answer.status_code == 200
        and "can&#x27;t leave at the moment" in answer.content.decode()
    )


def test_the_mail_server_comes_from_the_environment():
    told = {
        "GYMSITE_SMTP_HOST": "smtp.gym.example",
        "GYMSITE_SMTP_USER": "gym",
        "GYMSITE_SMTP_PASSWORD": "secret",
        "GYMSITE_SMTP_TLS": "tls",
        "GYMSITE_FROM_EMAIL": "hello@gym.example",
    }
    asked = (
        "EMAIL_BACKEND EMAIL_HOST EMAIL_PORT EMAIL_HOST_USER EMAIL_HOST_PASSWORD "
        "EMAIL_USE_SSL EMAIL_USE_TLS"
    )
    code = (
        "from gymsite import settings as s; print(*[getattr(s, name) for name in "
        f"{asked.split()!r}])"
    )
    environment = {
        key: value
        for key, value in os.environ.items()
        if key != "DJANGO_SETTINGS_MODULE"
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | told,
        capture_output=True,
        text=True,
        check=True,
    )
    backend = "django.core.mail.backends.smtp.EmailBackend"
    assert done.stdout.split() == [
        backend,
        "smtp.gym.example",
        "465",
        "gym",
        "secret",
        "True",
        "False",
    ]
