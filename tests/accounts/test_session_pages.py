"""One page of one's own sessions, and ending them there.

It shows those in browsers and those through the API.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gymsite.accounts.session_pages import client_name
from gymsite.core.errors import BadToken
from gymsite.core.models import ApiSession, Event, PageSession
from gymsite.core.operations import sessions
from gymsite.core.operations.users import deactivate_user
from gymsite.core.queries.sessions import live
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/profile/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def ada():
    return UserFactory(username="ada")


def browser(user, calls_itself=FIREFOX):
    client = Client(headers={"user-agent": calls_itself})
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    assert is_in(client)
    return client


def over_api(user, client="rowing-app/2.1"):
    return sessions.log_in(
        name=user.username, password=PASSWORD, client=client, now=timezone.now()
    )


def is_in(client):
    return client.get("/profile/").status_code == 200


def has_token(pair):
    api = Client(headers={"authorization": f"Bearer {pair.access_token}"})
    return api.get("/api/v1/users/user/").status_code == 200


def keys(client):
    """{name shown: key} of what the page offers to end."""
    return {
        one["name"]: one["key"]
        for one in client.get(PAGE).context["sessions"]
        if not one["is_this"]
    }


def test_it_lists_browsers_and_api_clients_this_one_first(ada):
    here, _, _ = browser(ada), browser(ada, CHROME), over_api(ada)
    browser(UserFactory(username="eve"), "Mozilla/5.0 (Windows NT 10.0) Edg/140.0")
    shown = here.get(PAGE).context["sessions"]
    assert [one["name"] for one in shown] == [
        "Firefox on Linux",
        "rowing-app/2.1",
        "Chrome on Android",
    ]
    assert [one["is_this"] for one in shown] == [True, False, False]
    assert all(one["began"] for one in shown)


def test_the_page_shows_no_key_that_opens_a_session(ada):
    here, elsewhere = browser(ada), browser(ada, CHROME)
    text = here.get(PAGE).content.decode()
    for client in (here, elsewhere):
        assert client.session.session_key not in text


def test_ending_one_browser_leaves_the_others(ada):
    here, elsewhere, api = browser(ada), browser(ada, CHROME), over_api(ada)
    answer = here.post(PAGE + "end/", {"session": keys(here)["Chrome on Android"]})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert (is_in(here), is_in(elsewhere), has_token(api)) == (True, False, True)


def test_ending_an_api_client_ends_both_its_tokens(ada):
    here, api, other = browser(ada), over_api(ada), over_api(ada, "desk-script")
    here.post(PAGE + "end/", {"session": keys(here)["rowing-app/2.1"]})
    assert (is_in(here), has_token(api), has_token(other)) == (True, False, True)
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=api.refresh_token, now=timezone.now())


def test_ending_all_others_leaves_this_one(ada):
    here, elsewhere, api = browser(ada), browser(ada, CHROME), over_api(ada)
    stranger = browser(UserFactory(username="eve"))
    here.post(PAGE + "end-others/")
    assert (is_in(here), is_in(elsewhere), has_token(api), is_in(stranger)) == (
        True,
        False,
        False,
        True,
    )
    assert Event.objects.values_list("kind", "actor_id", "data").get() == (
        "sessions_ended",
        ada.pk,
        {"count": 2},
    )


def test_nobody_ends_somebody_elses(ada):
    here, eve = browser(ada), UserFactory(username="eve")
    hers, api = browser(eve, CHROME), over_api(eve)
    theirs = [one.key for one in live(eve.pk, this="", now=timezone.now())]
    assert len(theirs) == 2
    for key in [
        *theirs,
        "",
        "api-",
        "api-x",
        "api-" + "9" * 30,
        "page-",
        hers.session.session_key,
    ]:
        here.post(PAGE + "end/", {"session": key})
    assert (is_in(hers), has_token(api), is_in(here)) == (True, True, True)
    assert not Event.objects.exists()


def test_what_has_ended_or_expired_is_not_listed(ada):
    here, elsewhere = browser(ada), browser(ada, CHROME)
    over_api(ada)
    now = timezone.now()
    ApiSession.objects.update(
        created_at=now - timedelta(days=31), expires_at=now - timedelta(days=1)
    )
    PageSession.objects.filter(pk=elsewhere.session.session_key).update(
        expire_date=now - timedelta(days=1)
    )
    assert keys(here) == {}
    here.post("/account/logout/")
    assert live(ada.pk, this="", now=now) == []


def test_a_closed_account_and_a_changed_credential_leave_no_rows(ada):
    browser(ada)
    sessions.end_all(user_id=ada.pk)
    assert not PageSession.objects.filter(user=ada).exists()
    browser(ada)
    deactivate_user(user_id=ada.pk, actor_id=None, reason="", now=timezone.now())
    assert not PageSession.objects.filter(user=ada).exists()


def test_a_kiosk_is_nobodys_session():
    desk = UserFactory(role="front_desk")
    client = browser(desk)
    client.post("/kiosk/start/", {"branch": desk.home_branch_id})
    assert client.session["kiosk_branch"] == desk.home_branch_id
    assert not PageSession.objects.filter(user=desk).exists()


def test_a_client_that_calls_itself_anything_logs_in(ada):
    here = browser(ada, "rower\x00\u202e" + "x" * 500)
    over_api(ada, "a\x00b")
    assert here.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Android"),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 "
                "Safari/604.1"
            ),
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("python-httpx/0.28", "python-httpx/0.28"),
        ("", "Unknown device"),
    ],
)
def test_a_client_is_called_by_a_name_that_people_know(said, shown):
    assert client_name(said) == shown
