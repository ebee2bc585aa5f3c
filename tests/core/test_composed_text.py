"""Text comes in one form, whatever keyboard or program it comes from.

é is one character, however it enters the site.
"""

import json
import unicodedata

import pytest
from django.test import RequestFactory
from django.urls import reverse

from bookings.models import ClassType
from gymsite.core.models.users import Role
from gymsite.rest.json_input import StrictParser
from tests.factories import BranchFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

ZOE = "Zoë Ångström"
TYPED = unicodedata.normalize("NFD", ZOE)


def test_a_page(client):
    member = MemberFactory(home_branch=BranchFactory())
    client.force_login(member)
    fields = {
        "first_name": TYPED,
        "last_name": "B",
        "phone": "",
        "home_branch": member.home_branch_id,
    }
    assert client.post("/profile/", fields).status_code == 302
    member.refresh_from_db()
    assert member.first_name == ZOE


def test_the_back_office(client):
    client.force_login(UserFactory(role=Role.OWNER))
    fields = {"name": TYPED, "slug": "zoe", "subject": TYPED, "minutes": 60}
    answer = client.post(reverse("admin:bookings_classtype_add"), fields)
    assert answer.status_code == 302, answer.content
    assert ClassType.objects.values_list("name", "subject").get(slug="zoe") == (
        ZOE,
        ZOE,
    )


@pytest.mark.parametrize("escaped", [True, False])
def test_the_api(escaped):
    body = json.dumps({TYPED: [TYPED, {"name": TYPED}, 1]}, ensure_ascii=escaped)
    request = RequestFactory().post(
        "/api/v1/any", body, content_type="application/json"
    )
    assert StrictParser().parse_body(request) == {ZOE: [ZOE, {"name": ZOE}, 1]}


def test_an_address(client):
    """What a page looks for by an address is compared byte by byte."""
    client.force_login(MemberFactory(home_branch=BranchFactory()))
    page = client.get(reverse("timetable"), {"subject": TYPED}).content.decode()
    assert ZOE in page and TYPED not in page
