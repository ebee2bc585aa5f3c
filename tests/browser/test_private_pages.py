"""No cache keeps what is drawn for somebody who is logged in, on any page, the log-in
library's and refusals too."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from gymsite.core.models import Role
from tests.admin_pages import addresses
from tests.admin_rows import a_bit_of_everything
from tests.browser.pages import pages
from tests.factories import UserFactory

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000001"}


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """An address of every route of the site, whether there is a row of it or not; the
    API's are tested beside it."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            if not route.startswith(("api/", "admin/")):
                yield from routes(one, route)
        elif isinstance(one, URLPattern):
            yield "/" + filled(route)


def filled(route: str) -> str:
    route = re.sub(r"\(\?P<\w+>[^)]*\)", "x", route)
    return re.sub(
        r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "x"), route
    ).strip("^$")


def kept(user, paths) -> list[str]:
    """What a cache may keep of these pages, asked for by this person.

    An answer that does not vary with the cookie has looked at no session, and is the
    same for everybody.
    """
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=BACKEND)
    found = []
    for path in paths:
        answer = client.get(path)
        said, is_for_all = (
            answer.get("Cache-Control", ""),
            "Cookie" not in answer.get("Vary", ""),
        )
        if "no-store" not in said and "private" not in said and not is_for_all:
            found.append(f"{path}: {answer.status_code} {said!r}")
        if client.session.is_empty():
            found.append(f"{path} ended the session")
    return found


def test_no_page_of_somebody_logged_in_is_kept(gym):
    found = [one for user, paths in pages(gym) if user for one in kept(user, paths)]
    assert not found, "\n".join(found)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MEMBER, Role.OWNER])
def test_no_answer_of_any_route_is_kept(role):
    paths = sorted(routes(get_resolver()))
    assert {
        "/",
        "/account/password/change/",
        "/account/2fa/",
        "/profile/sessions/",
        "/shop/cart/",
    } <= set(paths)
    found = kept(UserFactory(role=role), [*paths, "/nothing-here/", "/admin/"])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.OWNER])
def test_no_page_of_the_admin_is_kept(transactional_db, role):
    staff = UserFactory(role=role)
    a_bit_of_everything(staff)
    found = kept(staff, addresses(staff))
    assert not found, "\n".join(found)


@pytest.mark.django_db
def test_the_kiosk_keeps_nothing_and_a_visitor_may_be_served_from_a_cache():
    desk, client = UserFactory(role=Role.FRONT_DESK), Client()
    assert "Cache-Control" not in client.get("/plans/")
    client.force_login(desk, backend=BACKEND)
    client.post("/kiosk/start/", {"branch": desk.home_branch_id})
    assert "no-store" in client.get("/kiosk/")["Cache-Control"]
