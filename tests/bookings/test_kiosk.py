"""Check-in at the kiosk: started by staff, who are logged out; number and PIN or the
phone's code; once a scan."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from bookings import checkin_codes
from bookings.models import CheckIn, PinAttempt
from bookings.operations.bookings import book_session
from bookings.operations.checkins import WRONG_PINS_A_KIOSK
from bookings.operations.kiosks import WRONG_CODES_A_KIOSK
from gymsite.core.models import Event
from tests.factories import (
    PASSWORD,
    BranchFactory,
    MemberFactory,
    SessionFactory,
    UserFactory,
    give_pin,
)

pytestmark = pytest.mark.django_db
PIN = "482913"


@pytest.fixture
def member():
    member = MemberFactory(first_name="Ana")
    give_pin(member, PIN)
    return member


@pytest.fixture
def kiosk(member):
    return started(member.home_branch)


def started(branch) -> Client:
    client = Client()
    client.force_login(UserFactory(role="front_desk", home_branch=branch))
    answer = client.post("/kiosk/start/", {"branch": branch.pk})
    assert answer["Location"] == "/kiosk/"
    return client


def enter(kiosk: Client, **typed: object):
    return kiosk.post("/kiosk/enter/", {"nonce": uuid4(), **typed})


def test_starting_a_kiosk_logs_the_staff_out(kiosk):
    assert "_auth_user_id" not in kiosk.session
    assert kiosk.get("/kiosk/").status_code == 200
    assert kiosk.get("/profile/").status_code == 302
    assert kiosk.get("/admin/").status_code == 302


@pytest.mark.parametrize("role", ["member", "trainer"])
def test_only_staff_start_a_kiosk(role):
    user = UserFactory(role=role)
    client = Client()
    client.force_login(user)
    assert client.get("/kiosk/").status_code == 403
    assert (
        client.post("/kiosk/start/", {"branch": user.home_branch_id}).status_code == 403
    )


def test_number_and_pin_let_in_and_the_name_is_shown_once(kiosk, member):
    answer = enter(kiosk, number=member.member_number, pin=PIN)
    assert answer["Location"] == "/kiosk/done/"
    shown = kiosk.get("/kiosk/done/")
    assert "Hello, Ana" in shown.content.decode()
    assert shown["Refresh"] == "5; url=/kiosk/"
    assert kiosk.get("/kiosk/done/")["Location"] == "/kiosk/"
    assert CheckIn.objects.get().method == "kiosk_pin"


def test_the_class_of_the_hour_is_named_and_marked(kiosk, member):
    session = SessionFactory(gym_class__branch=member.home_branch)
    booking = book_session(
        session_id=session.pk, member_id=member.pk, now=timezone.now()
    )
    with time_machine.travel(session.starts_at - timedelta(minutes=10), tick=False):
        enter(kiosk, number=member.member_number, pin=PIN)
    html = kiosk.get("/kiosk/done/").content.decode()
    assert "Vinyasa Flow, 18:00" in html
    booking.refresh_from_db()
    assert booking.status == "attended"


def test_the_phones_code_lets_in(kiosk, member):
    assert (
        enter(kiosk, code=checkin_codes.new_code(member.pk))["Location"]
        == "/kiosk/done/"
    )
    assert CheckIn.objects.get().method == "kiosk_code"


def test_an_old_code_lets_nobody_in(kiosk, member):
    with time_machine.travel(
        timezone.now() - timedelta(seconds=checkin_codes.GOOD_FOR_SECONDS + 5)
    ):
        code = checkin_codes.new_code(member.pk)
    answer = enter(kiosk, code=code)
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize("code", ["1", "1:abc:def", "☃", "9" * 200, "1:" + "a" * 60])
def test_a_forged_code_lets_nobody_in(kiosk, code):
    assert enter(kiosk, code=code).status_code == 403
    assert not CheckIn.objects.exists()


def test_one_scan_sent_twice_is_one_check_in(kiosk, member):
    nonce = uuid4()
    for _ in range(2):
        assert (
            enter(kiosk, code=checkin_codes.new_code(member.pk), nonce=nonce)[
                "Location"
            ]
            == "/kiosk/done/"
        )
    assert CheckIn.objects.count() == 1


def test_a_wrong_pin_is_noted_and_the_sixth_try_waits(kiosk, member):
    for _ in range(5):
        answer = enter(kiosk, number=member.member_number, pin="000001")
        assert answer.status_code == 403
        assert "match" in answer.content.decode()
    assert PinAttempt.objects.filter(succeeded=False).count() == 5
    assert enter(kiosk, number=member.member_number, pin=PIN).status_code == 429
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"number": "1"},
        {"pin": PIN},
        {"number": "\x00", "pin": PIN},
        {"number": "x" * 10**5, "pin": PIN},
    ],
)
def test_what_is_half_typed_is_asked_for_again(kiosk, typed):
    answer = enter(kiosk, **typed)
    assert "Type your member number and your six digits." in answer.content.decode()
    assert not CheckIn.objects.exists()


def test_a_stranger_cannot_enter_without_a_kiosk(member):
    answer = enter(Client(), number=member.member_number, pin=PIN)
    assert answer["Location"] == "/kiosk/"
    assert not CheckIn.objects.exists()


def test_the_kiosk_names_nobody(kiosk, member):
    html = kiosk.get("/kiosk/").content.decode()
    assert "Ana" not in html
    assert member.member_number not in html


def end(kiosk: Client, name: str, code: str):
    return kiosk.post("/kiosk/end/", {"name": name, "code": code})


@pytest.mark.parametrize("role", ["front_desk", "manager", "owner"])
def test_staff_of_the_branch_end_it_by_pin_or_password_and_nobody_is_logged_in(
    member, role
):
    elsewhere = (
        BranchFactory(slug="hillside") if role == "owner" else member.home_branch
    )
    staff = UserFactory(role=role, home_branch=elsewhere)
    give_pin(staff, PIN)
    for name, code in (
        (staff.member_number, PIN),
        (staff.username, PASSWORD),
        (staff.email, PASSWORD),
    ):
        kiosk = started(member.home_branch)
        assert end(kiosk, name, code)["Location"] == "/account/login/"
        assert (
            not dict(kiosk.session.items()) and kiosk.get("/admin/").status_code == 302
        )
        assert kiosk.get("/kiosk/").status_code == 302
    assert (
        Event.objects.filter(
            kind="kiosk_ended", actor=staff, branch=member.home_branch
        ).count()
        == 3
    )


def test_nobody_else_ends_it(kiosk, member):
    stranger = UserFactory(
        role="front_desk", home_branch=BranchFactory(slug="hillside")
    )
    trainer = UserFactory(role="trainer", home_branch=member.home_branch)
    colleague = UserFactory(
        role="front_desk", home_branch=member.home_branch, is_active=False
    )
    for user in (stranger, trainer, colleague, member):
        give_pin(user, PIN)
        for name, code in ((user.member_number, PIN), (user.username, PASSWORD)):
            answer = end(kiosk, name, code)
            assert (
                answer.status_code == 403
                and "somebody who works here" in answer.content.decode()
            )
    for name, code in (("", ""), ("x", ""), ("\0", "x"), ("☃" * 300, "x")):
        assert end(kiosk, name, code).status_code in (200, 403)
    assert "End the kiosk" in kiosk.get("/kiosk/end/").content.decode()
    assert kiosk.get("/kiosk/").status_code == 200


def test_wrong_codes_are_slowed_by_account_and_by_kiosk(kiosk, member):
    staff = UserFactory(role="front_desk", home_branch=member.home_branch)
    give_pin(staff, PIN)
    for _ in range(5):
        assert end(kiosk, staff.member_number, "000001").status_code == 403
    assert end(kiosk, staff.member_number, PIN).status_code == 429
    for n in range(WRONG_CODES_A_KIOSK - 5):
        assert end(kiosk, f"nobody{n}", "x").status_code == 403
    assert end(kiosk, staff.username, PASSWORD).status_code == 429
    assert PinAttempt.objects.filter(succeeded=False).count() == 5
    assert kiosk.get("/kiosk/").status_code == 200


def test_where_no_kiosk_is_there_is_none_to_end():
    assert Client().get("/kiosk/end/")["Location"] == "/kiosk/"


def test_the_members_code_is_a_picture_that_changes(member):
    client = Client()
    client.force_login(member)
    first = client.get(
        "/checkin-code/", headers={"HX-Request": "true"}
    ).content.decode()
    with time_machine.travel(timezone.now() + timedelta(seconds=50)):
        second = client.get(
            "/checkin-code/", headers={"HX-Request": "true"}
        ).content.decode()
    assert "<svg" in first
    assert "<html" not in first
    assert first != second


def test_the_pictures_runs_are_the_dark_cells_of_the_code(member):
    code = checkin_codes.new_code(member.pk)
    qr = QRCode(error_correction=ERROR_CORRECT_M, border=2)
    qr.add_data(code)
    rows = qr.get_matrix()
    picture = checkin_codes.picture(code)
    drawn = {
        (int(x) + n, int(y))
        for x, y, cells in re.findall(r"M(\d+) (\d+)\.5h(\d+)", picture.path)
        for n in range(int(cells))
    }
    dark = {(x, y) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell}
    assert drawn == dark
    assert picture.side == len(rows) > 2 + 21 + 2


def test_a_code_lets_one_person_in_once(kiosk, member):
    code = checkin_codes.new_code(member.pk)
    assert enter(kiosk, code=code)["Location"] == "/kiosk/done/"
    answer = enter(kiosk, code=code)
    assert answer.status_code == 403
    assert "new one" in answer.content.decode()
    assert CheckIn.objects.count() == 1


def test_a_scan_that_is_sent_twice_is_still_one_visit(kiosk, member):
    sent = {"code": checkin_codes.new_code(member.pk), "nonce": uuid4()}
    assert [kiosk.post("/kiosk/enter/", sent)["Location"] for _ in range(2)] == [
        "/kiosk/done/"
    ] * 2
    assert CheckIn.objects.count() == 1


def test_a_kiosk_counts_wrong_pins_whosever_they_are(kiosk, member):
    for _ in range(WRONG_PINS_A_KIOSK):
        other = MemberFactory()
        other.refresh_from_db()
        assert enter(kiosk, number=other.member_number, pin="000001").status_code == 403
    assert enter(kiosk, number=member.member_number, pin=PIN).status_code == 429


def test_staff_start_a_kiosk_at_their_own_branch():
    desk, hill = UserFactory(role="front_desk"), BranchFactory(slug="hill")
    client = Client()
    client.force_login(desk)
    assert client.post("/kiosk/start/", {"branch": hill.pk}).status_code == 422
    assert "kiosk_branch" not in client.session
