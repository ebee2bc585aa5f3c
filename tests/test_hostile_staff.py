"""Whatever somebody types into a form of the admin, it answers in words.

The values are those of tests.hostile, in each field of each form and action, of each
role that has it. The other fields hold what is right, so that a value comes as far as
it can: to the form, the operation, the database. Of all that could be sent a sample is,
always the same one; what is sent is undone.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from zlib import crc32

import pytest
from django.test import Client

from gymsite.core.models import Role, User
from tests.admin_pages import addresses
from tests.hostile import VALUES, encoded
from tests.site import OURS, Site, gym
from tests.test_hostile_input import FORM, asked, wrong

pytestmark = pytest.mark.django_db

ONE_IN = {Role.FRONT_DESK: 12, Role.MANAGER: 24, Role.OWNER: 24}
CHOSEN = "_selected_action"  # rows of a list
# nobody may type another row's again
UNIQUE = ("slug", "sku", "username", "email", "code", "number", "name", "phone")


@pytest.fixture
def site() -> Site:
    return gym()


class Typed(HTMLParser):
    """What the fields of a page's own forms hold: {name: value}."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.asks, self.select, self.area = False, "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        has = dict(given)
        name = has.get("name") or ""
        if tag == "form":
            self.asks = has.get("method") == "post" and has.get("id") != "logout-form"
        if not self.asks:
            return
        ticked = has.get("type") != "checkbox" or "checked" in has or name == CHOSEN
        if tag == "input" and ticked:
            self.values[name] = has.get("value") or ""
        if tag in ("select", "textarea"):
            self.values.setdefault(name, "")
            self.select, self.area = (name, "") if tag == "select" else ("", name)
        if tag == "option" and ("selected" in has or not self.values.get(self.select)):
            self.values[self.select] = has.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self.select = self.area = ""

    def handle_data(self, text: str) -> None:
        if self.area:
            self.values[self.area] += text


def typed(client: Client, path: str) -> dict[str, str]:
    """What a form sends as it stands; nothing where there is no form."""
    values = Typed(client.get(path).content.decode()).values
    return {
        name: value
        for name, value in values.items()
        if name == CHOSEN
        or (name != "csrfmiddlewaretoken" and name[:1] not in ("", "_"))
    }


def forms(client: Client, staff: User) -> Iterator[tuple[str, dict[str, str]]]:
    """(address, the right things to send) of each form and action."""
    known: dict[str, dict[str, str]] = {}
    paths = sorted(addresses(staff), key=lambda path: "/change/" not in path)
    for path in paths:
        values = typed(client, path)
        model = "/".join(path.split("/")[:4])
        if "/change/" in path:
            known[model] = values
        if path.endswith("/add/"):
            other = {
                name: f"9{value}" if name in UNIQUE else value
                for name, value in known.get(model, {}).items()
                if name != "seen"
            }
            values |= other
        if values:
            yield path, values


def is_sent(role: Role, *what: str) -> bool:
    """Whether something is in the sample; the keys of rows make no difference."""
    said = re.sub("[0-9]+", "#", "\n".join((role, *what)))
    return crc32(said.encode()) % ONE_IN[role] == 0


@pytest.mark.parametrize("role", ONE_IN)
def test_no_form_of_staff_fails_on_what_is_typed(site, role):
    staff = site.people["owner"]
    User.objects.filter(pk=staff.pk).update(role=role)
    staff.refresh_from_db()
    client, answers = Client(raise_request_exception=False), []
    client.force_login(staff, OURS)
    for path, right in forms(client, staff):
        path, _, query = path.partition("?")
        for kind, value in VALUES.items():
            several = [
                right | {name: value}
                for name in right
                if is_sent(role, path, name, kind)
            ]
            if is_sent(role, path, kind):
                several.append(dict.fromkeys(right, value))
            answers += [asked(client, path, query, encoded(one)) for one in several]
    assert len(answers) > 100
    assert not wrong(answers)


def test_a_form_that_claims_many_rows_draws_no_more_than_there_may_be(site):
    staff, seen = site.people["owner"], 0
    client = site.client("owner")
    for path, right in forms(client, staff):
        if totals := [name for name in right if name.endswith("-TOTAL_FORMS")]:
            sent = right | dict.fromkeys(totals, "9999")
            page = client.post(path, encoded(sent), FORM).content.decode()
            assert page.count("inline-related") < 12, path
            seen += "inline-related" in page
    assert seen > 1
