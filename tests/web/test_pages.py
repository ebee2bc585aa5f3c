"""Profile, PIN, theme, notifications, error pages and the header around every page."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client, RequestFactory
from django.utils import timezone

from gymsite.core.models import Brand, Notification, User
from gymsite.notifications.operations import notify
from gymsite.web.tags import initials, ordinal
from gymsite.web.views import bad_request, too_many
from tests.factories import PASSWORD, BranchFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory(first_name="Ana", last_name="Silva")


@pytest.fixture
def client(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_profile_is_changed(client, user):
    branch = BranchFactory(slug="harbour", name="Harbour")
    typed = {
        "first_name": "Añа 👟",
        "last_name": "",
        "phone": "020 7946 0000",
        "home_branch": branch.pk,
    }
    assert "Saved." in client.post("/profile/", typed, follow=True).content.decode()
    user.refresh_from_db()
    assert (user.first_name, user.phone, user.home_branch_id) == (
        "Añа 👟",
        "020 7946 0000",
        branch.pk,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_name", "x" * 151),
        ("phone", "1" * 33),
        ("home_branch", "0"),
        ("last_name", "a\x00b"),
    ],
)
def test_a_profile_that_cannot_be_is_shown_again_with_what_was_typed(
    client, user, name, value
):
    answer = client.post("/profile/", {"first_name": "Bo", name: value})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    user.refresh_from_db()
    assert user.first_name == "Ana"


def test_a_pin_needs_the_password(client, user):
    typed = {"pin": "482913", "again": "482913", "password": "wrong"}
    assert (
        "That is not your password."
        in client.post("/profile/pin/", typed).content.decode()
    )
    client.post("/profile/pin/", typed | {"password": PASSWORD})
    user.refresh_from_db()
    assert check_password("482913", user.pin_hash)


@pytest.mark.parametrize(
    ("pin", "again"),
    [("111111", "111111"), ("12", "12"), ("abcdef", "abcdef"), ("482913", "482914")],
)
def test_a_weak_pin_is_refused_in_its_place(client, user, pin, again):
    answer = client.post(
        "/profile/pin/", {"pin": pin, "again": again, "password": PASSWORD}
    )
    assert answer.status_code == 422
    user.refresh_from_db()
    assert user.pin_hash == ""


def test_the_theme_is_kept_in_a_cookie(client):
    client.post("/profile/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/plans/").content.decode()
    client.post("/profile/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/plans/").content.decode()


def test_a_theme_that_is_none_is_the_devices(client):
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/plans/").content.decode()


def test_unread_ones_come_first_and_all_can_be_read(client, user):
    now = timezone.now()
    for n in range(3):
        notify(
            user.pk,
            kind="booked",
            title=f"Notice {n}",
            url="/bookings/",
            at=now + timedelta(seconds=n),
        )
    Notification.objects.filter(title="Notice 2").update(is_read=True, read_at=now)
    html = client.get("/notifications/").content.decode()
    assert (
        html.index("Notice 1")
        < html.index("Notice 0")
        < html.index("Earlier")
        < html.index("Notice 2")
    )
    assert "2 unread" in html
    html = client.post("/notifications/read/", follow=True).content.decode()
    assert "unread" not in html
    assert not Notification.objects.filter(is_read=False).exists()


def test_opening_one_reads_it_and_leads_on(client, user):
    one = notify(
        user.pk, kind="booked", title="Booked", url="/bookings/", at=timezone.now()
    )
    assert client.post(f"/notifications/{one.pk}/")["Location"] == "/bookings/"
    one.refresh_from_db()
    assert one.is_read


def test_somebody_elses_notice_stays_unread(client):
    other = notify(
        MemberFactory().pk, kind="booked", title="Booked", url="/x/", at=timezone.now()
    )
    assert client.post(f"/notifications/{other.pk}/")["Location"] == "/notifications/"
    other.refresh_from_db()
    assert not other.is_read


def test_the_brand_names_and_colours_every_page():
    Brand.objects.update_or_create(pk=1, defaults={"name": "Ironworks & Co", "hue": 28})
    html = Client().get("/plans/").content.decode()
    assert "Ironworks &amp; Co" in html
    assert 'data-hue="30"' in html


def test_more_than_99_are_not_counted(client, user):
    Notification.objects.bulk_create(
        Notification(user=user, kind="x", title="x", created_at=timezone.now())
        for _ in range(120)
    )
    assert "99+ unread" in client.get("/plans/").content.decode()


def test_the_style_guide_is_for_staff(client):
    assert client.get("/styleguide/").status_code == 403
    staff = Client()
    staff.force_login(UserFactory(role="front_desk"))
    assert staff.get("/styleguide/").status_code == 200


def test_the_policy_allows_nothing_inline(client):
    policy = client.get("/")["Content-Security-Policy"]
    directives = {part.strip() for part in policy.split(";")}
    assert directives >= {"script-src 'self'", "style-src 'self'"}
    assert "unsafe" not in policy
    assert "nonce" not in policy


def test_error_pages_say_what_to_do():
    request = RequestFactory().get("/")
    for answer, status in (
        (bad_request(request, ValueError()), 400),
        (too_many(request), 429),
    ):
        assert answer.status_code == status
        assert 'href="/"' in answer.content.decode()
    assert Client().get("/no/such/page/").status_code == 404


def test_a_closed_account_is_logged_out(client, user):
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/profile/").status_code == 302


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana María Silva", "AS"),
        ("ana", "A"),
        ("", "?"),
        ("👟 !", "?"),
        ("Żaneta Øre", "ŻØ"),
    ],
)
def test_initials(name, shown):
    assert initials(name) == shown


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (113, "113th"),
        (121, "121st"),
    ],
)
def test_ordinals(number, said):
    assert ordinal(number) == said
