"""Joining, PINs and leaving."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gymsite.core import member_numbers
from gymsite.core.errors import Invalid, NotFound, TooMany
from gymsite.core.models import Event, User
from gymsite.core.operations import users
from tests.factories import BranchFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


GOOD = {"username": "ada", "email": "ada@example.com", "password": "correct horse battery"}


def register(now, **changed):
    return users.register_user(**(GOOD | changed), now=now)


class TestRegistering:
    def test_a_member_gets_a_number_whose_check_digit_is_right(self, now):
        user = register(now, home_branch_id=BranchFactory().pk)
        kept = User.objects.get(pk=user.pk)
        assert (kept.role, kept.is_staff, kept.check_password(GOOD["password"])) == ("member", False, True)
        assert member_numbers.read(kept.member_number) == kept.member_number
        assert Event.objects.get().kind == "registered"

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"username": "ADA", "email": "x@example.com"}, users.UsernameTaken),
            ({"username": "ada", "email": "x@example.com"}, users.UsernameTaken),
            ({"username": "other", "email": "ADA@Example.com"}, users.EmailTaken),
        ],
    )
    def test_names_and_addresses_are_unique_whatever_their_case(self, now, changed, error):
        register(now)
        with pytest.raises(error):
            register(now, **changed)

    @pytest.mark.parametrize(
        ("changed", "fields"),
        [
            ({"username": ""}, {"username"}),
            ({"username": "a b"}, {"username"}),
            ({"username": "x" * 151}, {"username"}),
            ({"email": "not an address"}, {"email"}),
            ({"email": ""}, {"email"}),
            ({"password": "short"}, {"password"}),
            ({"password": "password"}, {"password"}),
            ({"password": "ada@example.com"}, {"password"}),
            ({"first_name": "x" * 151}, {"first_name"}),
            ({"first_name": "nul\0"}, {"first_name"}),
            ({"last_name": "\0"}, {"last_name"}),
            ({"phone": "0" * 33}, {"phone"}),
            ({"phone": "\0"}, {"phone"}),
            ({"home_branch_id": 0}, {"home_branch"}),
            ({"username": "", "email": "x", "password": "y"}, {"username", "email", "password"}),
        ],
    )
    def test_every_field_that_cannot_stand_is_named_and_nobody_is_made(self, now, changed, fields):
        with pytest.raises(Invalid) as refusal:
            register(now, **changed)
        assert set(refusal.value.errors) == fields
        assert not User.objects.exists()

    @pytest.mark.parametrize("name", ["Zoë 🏋️ Ñandú", "\u202eevil", "李小龍", "O'Brien-Łukasz"])
    def test_names_are_kept_as_people_write_them(self, now, name):
        assert User.objects.get(pk=register(now, first_name=name).pk).first_name == name


class TestPins:
    @pytest.fixture
    def ada(self):
        user = UserFactory()
        user.refresh_from_db()
        users.set_pin(user_id=user.pk, pin="402917")
        return user

    @pytest.mark.parametrize(
        "pin", ["", "12345", "1234567", "١٢٣٤٥٦", "40291a", "402917\n", "111111", "123456", "654321"]
    )
    def test_a_pin_is_six_digits_that_are_not_too_easy(self, ada, pin):
        with pytest.raises(Invalid):
            users.set_pin(user_id=ada.pk, pin=pin)

    def test_number_and_pin_find_the_member_however_the_number_is_spaced(self, ada, now):
        spaced = f" {ada.member_number[:4]} {ada.member_number[4:]} "
        assert users.member_by_pin(member_number=spaced, pin="402917", now=now) == ada

    @pytest.mark.parametrize("number", ["", "abc", "1" * 400, "\0", "００"])
    def test_what_is_no_number_is_nobodys(self, ada, now, number):
        with pytest.raises(users.BadPin):
            users.member_by_pin(member_number=number, pin="402917", now=now)

    def test_the_sixth_try_waits_even_with_the_right_pin(self, ada, now):
        for _ in range(users.PIN_TRIES):
            with pytest.raises(users.BadPin):
                users.member_by_pin(member_number=ada.member_number, pin="000001", now=now)
        with pytest.raises(TooMany):
            users.member_by_pin(member_number=ada.member_number, pin="402917", now=now)
        later = now + users.PIN_WINDOW
        assert users.member_by_pin(member_number=ada.member_number, pin="402917", now=later) == ada

    def test_a_success_forgets_the_tries_before_it(self, ada, now):
        for _ in range(3):
            for _ in range(users.PIN_TRIES - 1):
                with pytest.raises(users.BadPin):
                    users.member_by_pin(member_number=ada.member_number, pin="000001", now=now)
            users.member_by_pin(member_number=ada.member_number, pin="402917", now=now)

    def test_without_a_pin_nothing_fits(self, now):
        user = UserFactory()
        user.refresh_from_db()
        with pytest.raises(users.BadPin):
            users.member_by_pin(member_number=user.member_number, pin="", now=now)

    def test_a_closed_account_opens_no_door(self, ada, now):
        users.deactivate_user(user_id=ada.pk, actor_id=None, reason="", now=now)
        with pytest.raises(users.BadPin):
            users.member_by_pin(member_number=ada.member_number, pin="402917", now=now)


class TestLeaving:
    def test_closing_twice_is_closing_once(self, now):
        user = UserFactory()
        for _ in range(2):
            users.deactivate_user(user_id=user.pk, actor_id=None, reason="Moved away.", now=now + timedelta(hours=1))
        user.refresh_from_db()
        assert user.is_active is False
        assert Event.objects.get(kind="deactivated").data == {"reason": "Moved away."}

    def test_nobody_unknown_leaves(self, now):
        with pytest.raises(NotFound):
            users.deactivate_user(user_id=0, actor_id=None, reason="", now=now)


def test_a_calendar_address_replaces_the_one_before(now):
    user = UserFactory()
    first, second = (users.new_calendar_token(user_id=user.pk) for _ in range(2))
    user.refresh_from_db()
    assert user.calendar_token == second != first
