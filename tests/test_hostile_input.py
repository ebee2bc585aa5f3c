"""No page answers a strange address or form with a server error or a long delay.

Which names a page reads is seen by asking it once, so that nobody keeps a list of them.
What is sent is undone.
"""

import time
from collections.abc import Iterable, Iterator

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.test import Client

from gymsite.core.models import User
from tests.admin_pages import addresses
from tests.hostile import FEW, VALUES, encoded, names_read, quoted
from tests.site import PARAMETER, Site, gym, pages

pytestmark = pytest.mark.django_db
# seconds of this thread's own CPU time; other work of the machine does not count
LONGEST = 2.0
FORM = "application/x-www-form-urlencoded"
# read as a whole and not by name, or only where another name has a sensible value
TOO = ("first", "last", "branch", "q")
OF_LISTS = (
    "p",
    "o",
    "q",
    "_facets",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "id__in",
)
TO_STAFF = ("a quote", "more than a bigint")


@pytest.fixture
def site() -> Site:
    return gym()


def asked(
    client: Client, path: str, query: str = "", body: str | None = None, **extra: str
) -> str | None:
    """What is wrong with the answer; the request is undone."""
    began, status, why = time.thread_time(), 0, ""
    with transaction.atomic():
        try:
            method = "GET" if body is None else "POST"
            answer = client.generic(
                method, path, body or "", FORM, QUERY_STRING=query, **extra
            )
            status = answer.status_code
        # a redirect to nowhere: a client can't read that either
        except Exception as error:
            why = repr(error)
        transaction.set_rollback(True)
    took = time.thread_time() - began
    if status < 500 and not why and took < LONGEST:
        return None
    return (
        f"{status} {why} in {took:.1f} s: {path[:200]}?{query[:200]} "
        f"{(body or '')[:200]}"
    )


def wrong(answers: Iterable[str | None]) -> str:
    return "\n".join(sorted({answer for answer in answers if answer}))


def read_by(
    client: Client, path: str, query: str = "", body: str | None = None
) -> set[str]:
    """The names that a page reads when it is asked twice.

    The second time it gets what it read the first time, since it reads some names only
    where other values are there.
    """
    with names_read() as names:
        asked(client, path, query, body)
        known = encoded(dict.fromkeys(names, "1"))
        asked(client, path, query if body else known, known if body else None)
    return names - {"csrfmiddlewaretoken", "ids"}


def who_of(template: str) -> str:
    """The person whom a page is for."""
    first = template.partition("/")[0]
    if first in ("account", "calendar", "mail", "trainers"):
        return ""
    return {"teaching": "trainer", "kiosk": "owner", "styleguide": "owner"}.get(
        first, "member"
    )


def sent(names: set[str]) -> Iterator[str]:
    """Each value in all names at once, and one of each kind in each name alone."""
    for value in VALUES.values() if names else (VALUES[kind] for kind in FEW):
        yield encoded(dict.fromkeys((*names, *TOO), value))
    if len(names) > 1:
        for name in sorted(names):
            yield from (encoded({name: VALUES[kind]}) for kind in FEW)


def test_no_page_fails_on_what_stands_in_its_path(site):
    answers = []
    for template in pages():
        for name in PARAMETER.findall(template):
            for kind, value in VALUES.items():
                path = site.filled(template, **{name: quoted(value) or "%20"})
                answers.append(asked(site.client(who_of(template)), path))
                if kind in FEW:
                    answers.append(asked(site.client(""), path))
                    answers.append(asked(site.client(who_of(template)), path, body=""))
    assert len(answers) > 500
    assert not wrong(answers)


def test_no_page_fails_on_what_stands_in_its_query(site):
    answers = []
    for template in pages():
        path, who = site.filled(template), who_of(template)
        names = read_by(site.client(who), path)
        answers += [asked(site.client(who), path, query) for query in sent(names)]
    assert len(answers) > 1_000
    assert not wrong(answers)


def test_no_page_fails_on_what_stands_in_its_form(site):
    answers = []
    for template in pages():
        path, who = site.filled(template), who_of(template)
        names = read_by(site.client(who), path, body="a=b") - {"a"}
        answers += [
            asked(site.client(who), path, body=body) for body in sent(names) if names
        ]
    assert len(answers) > 500
    assert not wrong(answers)


def filters_of(client: Client, path: str) -> set[str]:
    """The parameters that a list of the admin reads as a whole."""
    context = client.get(path).context
    listed = context.get("cl") if context else None
    return (
        {name for spec in listed.filter_specs for name in spec.expected_parameters()}
        if listed
        else set()
    )


def test_no_page_of_staff_fails_on_what_stands_in_its_query(site):
    client, answers = site.client("owner"), []
    for path in addresses(site.people["owner"]):
        path = path.partition("?")[0]
        names, filters = read_by(client, path) or {"ids"}, filters_of(client, path)
        of_list = OF_LISTS if path.count("/") == 4 else ()
        for kind in FEW if of_list else TO_STAFF:
            answers.append(
                asked(
                    client,
                    path,
                    encoded(dict.fromkeys((*names, *filters, *of_list), VALUES[kind])),
                )
            )
        answers += [
            asked(client, path, encoded({name: VALUES["a quote"]}))
            for name in sorted(filters)
        ]
        answers += [
            asked(client, path, encoded({name: VALUES["more than a bigint"]}))
            for name in of_list
        ]
    assert len(answers) > 500
    assert not wrong(answers)


def test_no_page_of_staff_fails_on_what_stands_in_its_path(site):
    client, answers = site.client("owner"), []
    for model, model_admin in admin.site._registry.items():
        pages = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for kind in FEW if model is User else ("a huge number", "a quote"):
            value = quoted(VALUES[kind])
            answers += [
                asked(client, f"{pages}{value}/{page}")
                for page in ("", "change/", "history/")
            ]
            answers.append(asked(client, f"{pages}do/{value}/", "ids=1"))
            for action in getattr(model_admin, "row_actions", ()):
                answers.append(
                    asked(client, f"{pages}do/{action.name}/", f"ids={value}")
                )
    for value in map(quoted, VALUES.values()):
        answers += [
            asked(client, path)
            for path in (
                f"/admin/{value}/",
                f"/admin/r/{value}/1/",
                f"/admin/r/1/{value}/",
            )
        ]
    assert len(answers) > 300
    assert not wrong(answers)


def test_no_form_of_staff_fails_on_what_is_typed(site):
    client, answers = site.client("owner"), []
    for path in addresses(site.people["owner"]):
        path, _, query = path.partition("?")
        if names := read_by(client, path, query, "a=b"):
            answers += [
                asked(client, path, query, encoded(dict.fromkeys(names, VALUES[kind])))
                for kind in TO_STAFF
            ]
    assert len(answers) > 100
    assert not wrong(answers)


@pytest.mark.parametrize("field", ["member", "session"])
def test_nothing_that_is_looked_up_for_staff_fails(site, field):
    client, answers = site.client("owner"), []
    right = {
        "app_label": "bookings",
        "model_name": "booking",
        "field_name": field,
        "term": "a",
        "page": "1",
    }
    assert client.get("/admin/autocomplete/", right).status_code == 200
    for name in right:
        for value in VALUES.values():
            answers.append(
                asked(client, "/admin/autocomplete/", encoded(right | {name: value}))
            )
    days = (
        "fri 99",
        "fri 0",
        "31 feb",
        "99:99",
        "25:00",
        "12:60",
        "tomorrow " * 50,
        "1 1 0001",
        "32.13.9999",
    )
    answers += [
        asked(client, "/admin/autocomplete/", encoded(right | {"term": term}))
        for term in days
    ]
    assert not wrong(answers)


COOKIES = (
    settings.SESSION_COOKIE_NAME,
    settings.CSRF_COOKIE_NAME,
    "device",
    "theme",
    "messages",
)


@pytest.mark.parametrize("cookie", COOKIES)
def test_no_page_fails_on_what_stands_in_a_cookie(site, cookie):
    client = site.client("")
    for value in (
        r'"\000"',
        r'"aaaaaaaa\000"',
        "x" * 4_000,
        '"\\',
        "-" * 33,
        "a:b:c",
        r'"\342\200\256"',
    ):
        for path in (
            "/",
            "/notifications/",
            "/account/login/",
            "/admin/",
            "/shop/cart/",
        ):
            assert not asked(client, path, HTTP_COOKIE=f"{cookie}={value}")
