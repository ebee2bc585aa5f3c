"""From a visitor's tap on Book or Choose to the class with one tap left.

The log-in library's words are the site's.
"""

import re
from pathlib import Path
from urllib.parse import quote

import allauth
import pytest
from django.core import mail
from django.template.loader import get_template
from django.test import Client

from bookings.models import Booking
from gymsite.core.models import Brand, Notification, User
from gymsite.core.operations.users import username_for
from gymsite.core.periods import when
from gymsite.web import intents
from tests.factories import (
    PASSWORD,
    BranchFactory,
    PlanFactory,
    ProductFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
TYPED = {
    "first_name": "Maya",
    "email": "Maya.Ray+gym@Example.com",
    "password1": "quiet-otter-climbs-7",
}
LIBRARY = Path(allauth.__file__).parent / "templates"
# neither is switched on
NOT_USED = {"login_code_sent.txt", "phone_verification_sent.txt", "phone_verified.txt"}


@pytest.fixture
def session():
    return SessionFactory()


@pytest.fixture
def wish(session):
    return f"book {session.gym_class.name}, {when(session.starts_at, session.zone)}"


def html_of(answer) -> str:
    return answer.content.decode()


def test_a_visitors_tap_on_book_leads_to_joining_with_the_class_on_top(session, wish):
    visitor = Client()
    page = f"/classes/{session.pk}/"
    plain = visitor.post(f"{page}book/")
    assert plain["Location"] == f"/account/signup/?next={quote(page, safe='')}"
    in_place = visitor.post(f"{page}book/", headers={"HX-Request": "true"})
    assert in_place["HX-Redirect"] == plain["Location"]
    joining = html_of(visitor.get(plain["Location"]))
    assert f"<h1>Join to {wish}</h1>" in joining
    assert 'name="username"' not in joining
    logging_in = re.search(
        r'href="(/account/login/[^"]*)"', joining.split("You have one already?")[1]
    )[1]
    assert f"<h1>Log in to {wish}</h1>" in html_of(visitor.get(logging_in))


def test_joining_and_choosing_a_plan_lead_back_to_the_class_with_one_tap_left(
    session, wish
):
    plan, page = PlanFactory(slug="classic", name="Classic"), f"/classes/{session.pk}/"
    visitor = Client()
    answer = visitor.post("/account/signup/", TYPED | {"next": page}, follow=True)
    assert answer.request["PATH_INFO"] == page
    to_plans = f"/plans/?next={quote(page, safe='/')}"
    assert f'href="{to_plans}"' in html_of(answer)
    plans = html_of(visitor.get(to_plans))
    assert f"Choose one to {wish}." in plans
    to_plan = re.search(r'href="(/plans/classic/[^"]*)"', plans)[1]
    assert f'name="next" value="{page}"' in html_of(visitor.get(to_plan))
    answer = visitor.post(
        "/plans/classic/join/", {"branch": session.branch_id, "next": page}, follow=True
    )
    assert answer.request["PATH_INFO"] == page
    assert "Welcome to Classic." in html_of(answer)
    visitor.post(re.search(rf'action="({page}book/)"', html_of(answer))[1])
    assert Booking.objects.get().membership.plan == plan


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/classes/1/",
        "//elsewhere.example",
        "/profile/",
        "\x00",
        "",
    ],
)
def test_nobody_is_led_elsewhere_by_what_a_plan_is_chosen_for(path):
    user = UserFactory()
    client = Client()
    client.force_login(user)
    PlanFactory(slug="classic")
    answer = client.post(
        "/plans/classic/join/", {"branch": user.home_branch_id, "next": path}
    )
    assert answer["Location"] == "/membership/"
    assert "elsewhere" not in html_of(client.get("/plans/", {"next": path}))


def test_a_plan_a_product_and_other_pages(session):
    PlanFactory(slug="classic", name="Classic")
    PlanFactory(pack=True, slug="pack-10")
    ProductFactory(slug="mat", name="Cork mat")
    assert intents.intent_of("/plans/classic/?next=/") == "start Classic"
    assert intents.intent_of("/plans/pack-10/") == "buy Pack 10"
    assert intents.intent_of("/shop/products/mat/") == "buy Cork mat"
    nothing = [
        "/plans/none/",
        "/shop/products/none/",
        f"/classes/{2**70}/",
        "/classes/0/",
        "/",
        "/nowhere/",
    ]
    assert [intents.intent_of(path) for path in nothing] == [None] * 6
    assert (
        Client().get("/plans/classic/")["Location"].startswith("/account/signup/?next=")
    )
    assert Client().get("/profile/")["Location"].startswith("/account/login/?next=")
    assert "Welcome back" in html_of(Client().get("/account/login/"))


class TestUsernames:
    @pytest.mark.parametrize(
        ("email", "made"),
        [
            ("Maya.Ray+gym@example.com", "maya.ray"),
            ("zoë@example.com", "zo"),
            ("+@example.com", "member"),
            ("...@example.com", "member"),
            (f"{'x' * 60}@example.com", "x" * 30),
        ],
    )
    def test_one_is_made_of_the_address(self, email, made):
        assert username_for(email) == made

    @pytest.mark.parametrize("email", ["maya@example.com", "book@example.com"])
    def test_one_that_is_taken_or_kept_gets_digits(self, email):
        UserFactory(username="Maya")
        assert re.fullmatch(r"(maya|book)\d{6}", username_for(email))

    def test_joining_asks_for_none_and_the_profile_changes_it(self):
        client = Client()
        client.post("/account/signup/", TYPED)
        user = User.objects.get()
        assert (user.username, user.email, user.first_name) == (
            "maya.ray",
            "maya.ray+gym@example.com",
            "Maya",
        )
        assert 'href="/profile/username/"' in html_of(client.get("/profile/"))
        assert "<b>maya.ray</b>" in html_of(client.get("/profile/username/"))
        wrong = client.post(
            "/profile/username/", {"username": "maya", "password": "guess"}
        )
        assert wrong.status_code == 422 and "That is not your password." in html_of(
            wrong
        )
        saved = client.post(
            "/profile/username/",
            {"username": "ｍａｙａ", "password": TYPED["password1"]},
            follow=True,
        )
        # and the person is still logged in
        assert "Saved. Your username is maya." in html_of(saved)
        assert Notification.objects.filter(user=user, kind="username_changed").exists()
        other = Client()
        other.post("/account/login/", {"login": "maya", "password": TYPED["password1"]})
        assert "_auth_user_id" in other.session

    @pytest.mark.parametrize(
        "name", ["ADA", "book", "User", "a@b", "a\u202eb", "a\x00b", "x" * 151, ""]
    )
    def test_the_page_keeps_the_rules_of_names(self, name):
        UserFactory(username="ada")
        user = UserFactory(username="maya")
        client = Client()
        client.force_login(user)
        answer = client.post(
            "/profile/username/", {"username": name, "password": PASSWORD}
        )
        assert answer.status_code == 422
        assert 'id="id_username_error"' in html_of(answer)
        user.refresh_from_db()
        assert user.username == "maya"


class TestWords:
    @pytest.mark.parametrize(
        "name",
        sorted(
            str(path.relative_to(LIBRARY))
            for app in ("account", "mfa")
            for path in (LIBRARY / app / "messages").glob("*.txt")
            if path.name not in NOT_USED
        ),
    )
    def test_every_toast_of_the_library_is_ours(self, name):
        assert not get_template(name).origin.name.startswith(str(LIBRARY))

    def test_who_joins_and_who_comes_back_is_greeted_by_name(self):
        Brand.objects.update_or_create(pk=1, defaults={"name": "Northside & Sons"})
        client = Client()
        joined = html_of(client.post("/account/signup/", TYPED, follow=True))
        assert "Welcome to Northside &amp; Sons, Maya." in joined
        assert "We have written to maya.ray+gym@example.com." in joined
        assert "signed in" not in joined
        client.post("/account/logout/")
        back = html_of(
            client.post(
                "/account/login/",
                {"login": "maya.ray", "password": TYPED["password1"]},
                follow=True,
            )
        )
        assert "Welcome back, Maya." in back

    def test_mails_name_the_brand_and_greet(self):
        Brand.objects.update_or_create(pk=1, defaults={"name": "Northside"})
        Client().post("/account/signup/", TYPED)
        Client().post("/account/password/reset/", {"email": "maya.ray+gym@example.com"})
        assert len(mail.outbox) == 2
        for sent in mail.outbox:
            assert "Northside" in sent.subject and sent.from_email.startswith(
                "Northside <"
            )
            assert sent.body.startswith("Hello Maya,")
            assert "example.com" not in sent.subject


def test_a_member_who_logs_in_is_led_back_too(session):
    branch = BranchFactory()
    user = UserFactory(home_branch=branch)
    page = f"/classes/{session.pk}/"
    answer = Client().post(
        "/account/login/", {"login": user.username, "password": PASSWORD, "next": page}
    )
    assert answer["Location"] == page
