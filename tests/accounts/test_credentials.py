"""One address per account, and what follows when a credential changes.

The person is told, and what was begun under the old credential ends.
"""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client

from gymsite.accounts.operations import credentials
from gymsite.core.errors import BadToken, EmailTaken, Forbidden, Invalid, TooMany
from gymsite.core.models import ApiSession, Event, User
from gymsite.core.operations import sessions
from gymsite.core.operations.users import (
    change_profile,
    change_role,
    register_user,
)
from gymsite.notifications.mail import send_due
from tests.factories import PASSWORD, BranchFactory, UserFactory

pytestmark = pytest.mark.django_db
STRONG = "quiet-otter-climbs-7"


@pytest.fixture
def ada():
    return UserFactory(username="ada", email="ada@example.com")


def logs_in(name, password=PASSWORD):
    client = Client()
    client.post("/account/login/", {"login": name, "password": password})
    return "_auth_user_id" in client.session


def in_browser(user):
    client = Client()
    assert (
        client.post(
            "/account/login/", {"login": user.username, "password": PASSWORD}
        ).status_code
        == 302
    )
    return client


def over_api(user, now):
    return sessions.log_in(name=user.username, password=PASSWORD, now=now)


@pytest.mark.parametrize("typed", ["Ada.L@Example.COM", " ADA.L@EXAMPLE.COM "])
def test_an_address_with_capitals_lets_its_owner_in(typed, now):
    """The desk or the API may type capitals.

    Log-in and reset look for the address in lower case.
    """
    register_user(username="ada", email=typed, password=STRONG, now=now)
    assert User.objects.get().email == "ada.l@example.com"
    assert logs_in("Ada.L@example.com", STRONG)
    Client().post("/account/password/reset/", {"email": "Ada.L@Example.com"})
    assert mail.outbox[-1].to == ["ada.l@example.com"]
    assert "/account/password/reset/key/" in mail.outbox[-1].body


def test_the_old_address_neither_logs_in_nor_resets(ada, now):
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
    credentials.change_email(
        user_id=ada.pk, email="new@example.com", actor_id=ada.pk, now=now
    )
    assert not EmailAddress.objects.filter(email="ada@example.com").exists()
    assert not logs_in("ada@example.com")
    assert logs_in("new@example.com")
    heir = UserFactory(username="heir", email="ada@example.com")
    Client().post("/account/password/reset/", {"email": "ada@example.com"})
    assert mail.outbox[-1].to == ["ada@example.com"]
    heir.refresh_from_db()
    assert ada.get_full_name() not in mail.outbox[-1].body
    assert logs_in("heir")


def test_no_second_address_can_stand_beside_the_account(ada):
    with (
        pytest.raises(IntegrityError, match="an account has one address"),
        transaction.atomic(),
    ):
        EmailAddress.objects.create(user=ada, email="other@example.com")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_user SET email = 'raw@example.com' WHERE id = %s", [ada.pk]
        )
    assert (
        not EmailAddress.objects.filter(user=ada)
        .exclude(email="raw@example.com")
        .exists()
    )


def test_both_addresses_are_told_and_an_event_says_who(ada, now):
    desk = UserFactory(role="front_desk")
    credentials.change_email(
        user_id=ada.pk, email="new@example.com", actor_id=desk.pk, now=now
    )
    send_due(limit=10, now=now)
    assert sorted(sent.to[0] for sent in mail.outbox) == [
        "ada@example.com",
        "new@example.com",
    ]
    assert Event.objects.values_list("kind", "actor_id", "member_id").get() == (
        "email_changed",
        desk.pk,
        ada.pk,
    )


@pytest.mark.parametrize(
    ("actor", "person"),
    [("front_desk", "front_desk"), ("front_desk", "manager"), ("owner", "owner")],
)
@pytest.mark.parametrize("change", ["change_email", "change_username", "set_pin"])
def test_nobody_changes_the_credentials_of_a_peer_or_somebody_above(
    actor, person, change, now
):
    given = {
        "change_email": {"email": "x@example.com"},
        "change_username": {"username": "x"},
    }
    given |= {"set_pin": {"pin": "402917"}}
    peer = UserFactory(role=person)
    with pytest.raises(Forbidden):
        getattr(credentials, change)(
            user_id=peer.pk,
            actor_id=UserFactory(role=actor).pk,
            now=now,
            **given[change],
        )
    assert not Event.objects.exists()


def test_an_address_of_somebody_else_is_refused_and_nothing_changes(ada, now):
    other = UserFactory()
    with pytest.raises(EmailTaken), transaction.atomic():
        credentials.change_email(
            user_id=ada.pk, email=other.email.upper(), actor_id=ada.pk, now=now
        )
    ada.refresh_from_db()
    assert (ada.email, ada.credentials_version) == ("ada@example.com", 0)


def by_address(user, now):
    credentials.change_email(
        user_id=user.pk, email="new@example.com", actor_id=user.pk, now=now
    )


def by_username(user, now):
    credentials.change_username(
        user_id=user.pk, username="countess", actor_id=user.pk, now=now
    )


def by_password(user, now):
    credentials.change_password(user_id=user.pk, password=STRONG, now=now)


def by_second_factor(user, now):
    credentials.change_second_factor(user_id=user.pk, is_on=True, now=now)


def by_role(user, now):
    change_role(
        user_id=user.pk,
        role="front_desk",
        actor_id=UserFactory(role="owner").pk,
        reason="Joins",
        now=now,
    )


@pytest.mark.parametrize(
    "change", [by_address, by_username, by_password, by_second_factor, by_role]
)
def test_what_was_begun_before_a_change_ends_with_it(ada, change, now):
    page, api = in_browser(ada), over_api(ada, now)
    assert page.get("/profile/").status_code == 200
    change(ada, now)
    assert page.get("/profile/").status_code == 302
    assert not ApiSession.objects.filter(is_active=True).exists()
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=api.refresh_token, now=now)


def test_a_reset_by_mail_ends_them_too(ada, now):
    page, _ = in_browser(ada), over_api(ada, now)
    Client().post("/account/password/reset/", {"email": ada.email})
    link = next(line for line in mail.outbox[-1].body.split() if "/reset/key/" in line)
    client = Client()
    form = client.get(link.partition("testserver")[2] or link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": STRONG, "password2": STRONG})
    assert logs_in("ada", STRONG)
    assert page.get("/profile/").status_code == 302
    assert not ApiSession.objects.filter(is_active=True).exists()


def test_whoever_changes_the_password_on_the_page_stays_logged_in_there(ada):
    here, elsewhere = in_browser(ada), in_browser(ada)
    new = {"oldpassword": PASSWORD, "password1": STRONG, "password2": STRONG}
    assert here.post("/account/password/change/", new).status_code == 302
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_adding_a_code_on_the_page_ends_the_others(ada, now):
    here, _ = in_browser(ada), over_api(ada, now)
    here.post("/account/reauthenticate/", {"password": PASSWORD})
    here.get("/account/2fa/totp/activate/")
    secret = here.session[totp.SECRET_SESSION_KEY]
    # the one that stays good the longest
    *_, counter = totp.yield_hotp_counters_from_time()
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    assert here.post("/account/2fa/totp/activate/", {"code": code}).status_code == 302
    assert Authenticator.objects.filter(user=ada, type="totp").exists()
    assert here.get("/profile/").status_code == 200
    assert not ApiSession.objects.filter(is_active=True).exists()


def test_the_page_changes_the_address_with_the_password_only(ada):
    page = in_browser(ada)
    assert (
        page.post(
            "/account/email/", {"email": "new@example.com", "password": "guess"}
        ).status_code
        == 422
    )
    assert (
        page.post(
            "/account/email/", {"email": "no address", "password": PASSWORD}
        ).status_code
        == 422
    )
    assert (
        page.post(
            "/account/email/", {"email": "new@example.com", "password": PASSWORD}
        ).status_code
        == 302
    )
    assert page.get("/profile/").status_code == 200
    ada.refresh_from_db()
    assert ada.email == "new@example.com"


MISLEADING = ["ad‮a", "ada\nBcc: x@example.com", "a\x00b"]


@pytest.mark.parametrize("name", MISLEADING)
def test_names_are_asked_the_same_behind_every_door(client, ada, name, now):
    typed = {
        "first_name": name,
        "email": "m@example.com",
        "username": "maya",
        "password1": STRONG,
    }
    assert Client().post("/account/signup/", typed).status_code == 200
    with pytest.raises(Invalid):
        change_profile(
            user_id=ada.pk,
            first_name=name,
            last_name="",
            phone="",
            home_branch_id=ada.home_branch_id,
            now=now,
        )
    client.force_login(UserFactory(role="front_desk"))
    page = f"/admin/core/user/{ada.pk}/change/"
    seen = client.get(page).context["adminform"].form.initial["seen"]
    said = {
        "first_name": name,
        "last_name": "L",
        "email": ada.email,
        "phone": "",
        "username": "ada",
        "seen": seen,
    }
    assert (
        client.post(page, said | {"home_branch": ada.home_branch_id}).status_code == 200
    )
    ada.refresh_from_db()
    assert (ada.first_name, User.objects.filter(username="maya").exists()) == (
        "Ada",
        False,
    )


@pytest.mark.parametrize("username", ["book", "User", "a@b"])
def test_reserved_names_are_nobodys(ada, username, now):
    with pytest.raises(Invalid):
        credentials.change_username(
            user_id=ada.pk, username=username, actor_id=ada.pk, now=now
        )
    assert User.objects.count() == 1


def test_full_width_letters_are_kept_as_plain_ones(ada, now):
    credentials.change_username(
        user_id=ada.pk, username="ｍａｙａ", actor_id=ada.pk, now=now
    )
    assert User.objects.get().username == "maya"


@pytest.mark.parametrize("role", ["front_desk", "manager", "owner"])
def test_staff_do_not_choose_their_own_branch(role, now):
    staff, hill = UserFactory(role=role), BranchFactory(slug="hill")
    page = Client()
    page.force_login(staff)
    typed = {"first_name": "Ann", "last_name": "", "phone": "", "home_branch": hill.pk}
    page.post("/profile/", typed)
    with pytest.raises(Invalid, match="The owner sets"):
        change_profile(
            user_id=staff.pk,
            first_name="Ann",
            last_name="",
            phone="",
            home_branch_id=hill.pk,
            now=now,
        )
    before = staff.home_branch_id
    staff.refresh_from_db()
    assert (staff.home_branch_id, staff.first_name) == (before, "Ann")


def test_nobody_tries_which_addresses_are_known(ada):
    """A page that must say that an address is taken says so a few times per hour."""
    page, answers = in_browser(ada), []
    for other in UserFactory.create_batch(7):
        said = {"email": other.email, "password": PASSWORD}
        answers.append(page.post("/account/email/", said).status_code)
    assert answers == [422] * 5 + [429] * 2


def test_tries_of_an_address_are_counted_behind_every_door(ada, now):
    said = {"user_id": ada.pk, "actor_id": ada.pk, "now": now}
    for other in UserFactory.create_batch(5):
        with pytest.raises(EmailTaken):
            credentials.change_email(email=other.email, **said)
    with pytest.raises(TooMany):
        credentials.change_email(email="new@example.com", **said)
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"


@pytest.mark.parametrize("door", ["change", "add"])
def test_the_desk_hears_which_addresses_are_known_so_many_times_an_hour(
    client, ada, door, monkeypatch
):
    """A try that leaves the address as it was is not counted."""
    monkeypatch.setattr(credentials, "DESK_TRIES", 2)
    desk, other = (UserFactory(role=role) for role in ("manager", "member"))
    ada.home_branch = desk.home_branch = BranchFactory()
    for person in (ada, desk):
        person.save(update_fields=["home_branch"])
    client.force_login(desk)
    row = "add" if door == "add" else f"{ada.pk}/change"
    page = f"/admin/core/user/{row}/"
    typed = dict(client.get(page).context["adminform"].form.initial)
    typed = {name: value or "" for name, value in typed.items()}
    named = {"first_name": "Ada", "username": "another" if door == "add" else "ada"}
    taken = typed | named | {"email": other.email}
    answers = [client.post(page, taken).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    if door == "change":
        kept = typed | {"first_name": "Augusta"}
        assert client.post(page, kept).status_code == 302
