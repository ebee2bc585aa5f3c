"""Contact, terms, privacy, each branch's hours, and what search engines are told."""

import re
from datetime import time

import pytest
from django.test import Client

from bookings.models import ClassSession
from gymsite.core.models import Brand
from gymsite.core.models.branches import BranchHours
from tests.factories import (
    BranchFactory,
    ProductFactory,
    SessionFactory,
    TrainerFactory,
)

pytestmark = pytest.mark.django_db


def html_of(path: str, status: int = 200) -> str:
    answer = Client().get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


@pytest.fixture
def brand():
    texts = {
        "terms": "Be kind.\n\nBring <a towel>.",
        "privacy": "We keep little.",
        "contact": "Ask the desk.",
    }
    brand, _ = Brand.objects.update_or_create(
        pk=1, defaults={"name": "Northside", **texts}
    )
    return brand


def test_every_page_leads_to_them_from_its_foot():
    foot = html_of("/plans/").split("<footer")[1]
    assert all(f'href="/{name}/"' in foot for name in ("contact", "terms", "privacy"))


def test_the_texts_are_the_brands_own(brand):
    assert "<p>Be kind.</p>" in html_of("/terms/")
    assert "Bring &lt;a towel&gt;." in html_of("/terms/")
    assert "We keep little." in html_of("/privacy/")
    assert "Ask the desk." in html_of("/contact/")


def test_a_text_that_nobody_wrote_leads_to_who_to_ask():
    assert 'href="/contact/">Ask us for it' in html_of("/terms/")


def test_a_branch_has_its_address_and_hours_on_a_page_of_its_own(brand):
    branch = BranchFactory(
        slug="mill", name="Mill", address="2 Mill Lane", phone="+44 20 7946 0104"
    )
    BranchHours.objects.create(
        branch=branch, weekday=0, opens=time(6), closes=time(22, 30)
    )
    BranchHours.objects.create(branch=branch, weekday=6, opens=time(8), closes=time(0))
    assert 'href="/branches/mill/"' in html_of("/contact/")
    html = html_of("/branches/mill/")
    assert "2 Mill Lane" in html and "tel:+442079460104" in html
    assert (
        "<dt>Monday</dt><dd>06:00 to 22:30</dd><dt>Tuesday</dt><dd>Closed</dd>" in html
    )
    assert "<dt>Sunday</dt><dd>08:00 to midnight</dd>" in html
    session = SessionFactory(gym_class__branch=branch)
    assert 'href="/branches/mill/"' in html_of(f"/classes/{session.pk}/")


def test_a_branch_that_is_closed_or_none_has_none(brand):
    BranchFactory(slug="gone", name="Gone", is_active=False)
    assert "Gone" not in html_of("/contact/")
    html_of("/branches/gone/", 404)
    html_of("/branches/none/", 404)


def test_robots_are_told_what_is_nobodys_business_and_where_the_map_is(settings):
    settings.SITE_URL = "https://gym.example"
    answer = Client().get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    assert {
        "User-agent: *",
        "Disallow: /admin/",
        "Sitemap: https://gym.example/sitemap.xml",
    } <= set(lines)


def test_the_map_names_what_is_open_to_all_at_the_settings_address_and_no_class(
    settings,
):
    settings.SITE_URL = "https://gym.example"
    BranchFactory(slug="mill")
    TrainerFactory(slug="ines")
    ProductFactory(slug="mat")
    ProductFactory(slug="gone", status="withdrawn")
    SessionFactory()
    answer = Client().get("/sitemap.xml", headers={"Host": "testserver"})
    found = re.findall("<loc>(.*?)</loc>", answer.content.decode())
    there = {
        "/",
        "/plans/",
        "/contact/",
        "/branches/mill/",
        "/trainers/ines/",
        "/shop/products/mat/",
    }
    assert {f"https://gym.example{path}" for path in there} <= set(found)
    assert not any("/classes/" in address or "/gone/" in address for address in found)
    assert ClassSession.objects.exists()
    for address in found:
        html_of(address.removeprefix("https://gym.example"))
