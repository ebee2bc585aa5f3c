"""One way to search everywhere.

Capitals and accents make no difference, mistakes are forgiven, names sort as people
sort them.
"""

import unicodedata

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.queries.trainers import team
from catalog.models import Product
from catalog.queries.search import matching
from gymsite.core import search
from gymsite.core.models import Branch, User
from gymsite.core.models.users import Role
from gymsite.core.queries import users
from tests.api import Api
from tests.factories import (
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    ProductFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NAMES = st.text(
    st.characters(
        codec="utf-8", categories=["L", "M", "N", "P", "Zs"], max_codepoint=0x52F
    ),
    max_size=30,
)


def folded(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT folded(%s)", [text])
        return cursor.fetchone()[0]


@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(NAMES)
def test_the_database_folds_as_python_does(text):
    assert folded(text) == search.fold(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Łukasz MÜLLER", "lukasz muller"),
        ("Straße, Ærøskøbing", "strasse, aeroskobing"),
        ("İpek Şahin", "ipek sahin"),
        ("Σίσυφος", "σισυφοσ"),
        ("Ёлка", "елка"),
        ("ﬁt", "fit"),
        (unicodedata.normalize("NFD", "Zoë"), "zoe"),
    ],
)
def test_what_folding_makes_of_names(text, plain):
    assert folded(text) == search.fold(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "muller",
        "MÜLLER",
        unicodedata.normalize("NFD", "Müller"),
        "zoe mul",
        "mueller zoe",
        "zoë muler",
        "lmuller",
    ],
)
def test_a_person_with_an_accent_is_found(text):
    MemberFactory(
        first_name="Grace",
        last_name="Hopper",
        username="grace",
        email="grace@b.example",
    )
    zoe = MemberFactory(
        first_name="Zoë", last_name="Müller", username="zoe", email="zmueller@a.example"
    )
    assert list(users.find(User.objects.all(), text)) == [zoe]


def test_what_is_only_nearly_right_is_not_shown_beside_what_is():
    shaw = MemberFactory(last_name="Shaw", username="a", email="a@a.example")
    MemberFactory(last_name="Shawn", username="b", email="b@a.example")
    shah = MemberFactory(last_name="Shah", username="c", email="c@a.example")
    assert set(users.find(User.objects.all(), "shah")) == {shah}
    assert shaw in users.find(User.objects.all(), "shew")


def test_classes_and_trainers_are_found_without_accents_and_with_mistakes(client):
    trainer = TrainerFactory(name="Renée Dubois")
    session = SessionFactory(
        gym_class=GymClassFactory(name="Barre à Terre"), trainer=trainer
    )
    SessionFactory(gym_class=GymClassFactory(name="Boxing"))
    member = MemberFactory()
    for text in ("barre a", "BARRE À", "bare terre", "renee", "rene dubois"):
        found = Api(member).get(f"/classes/search?q={text}").json()["items"]
        assert [item["id"] for item in found] == [session.pk], text


def test_products_are_found_without_accents():
    product = ProductFactory(name="Crème brûlée bar", description="With Maté tea")
    ProductFactory(name="Skipping rope")
    for text in ("creme brulee", "CRÈME", "mate", "brulle"):
        assert list(matching(Product.objects.all(), text)) == [product], text


def test_the_back_office_finds_suppliers_ledgers_and_branches_so(client):
    client.force_login(UserFactory(role=Role.OWNER))
    BranchFactory(name="Zürich West", slug="west")
    page = client.get("/admin/core/branch/?q=zurich").content.decode()
    assert "Zürich West" in page
    assert (
        "Zürich West" not in client.get("/admin/core/branch/?q=geneva").content.decode()
    )


def test_names_sort_as_people_sort_them():
    for name in ("Zoe", "Émile", "emma", "Øyvind", "Oz"):
        TrainerFactory(name=name)
        BranchFactory(name=name, slug=name.casefold().encode().hex())
    wanted = ["Émile", "emma", "Øyvind", "Oz", "Zoe"]
    assert [trainer.name for trainer in team() if trainer.name in wanted] == wanted
    assert [
        branch.name for branch in Branch.objects.all() if branch.name in wanted
    ] == wanted
