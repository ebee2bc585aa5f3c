"""The catalogue over the API: shape, order, filters, pages, search and refusals."""

import pytest
from django.utils import timezone

from catalog.models import Product, StockEntry
from tests.api import Api, assert_problem
from tests.factories import BranchFactory, CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api(UserFactory())


def names(response):
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["items"]]


def test_a_row_has_exactly_these_fields(api):
    product = ProductFactory(
        name="Mat", sku="MAT-1", slug="mat", maker="Vela", summary="Flat.", stock=7
    )
    Product.objects.filter(pk=product.pk).update(review_count=3, rating_sum=13)
    found = api.get("/catalog/").json()
    row = {
        "id": product.pk,
        "slug": "mat",
        "sku": "MAT-1",
        "name": "Mat",
        "maker": "Vela",
        "summary": "Flat.",
        "category": {"slug": "mats", "name": "Mats", "kind": "equipment"},
        "price_minor": 1290,
        "currency": "GBP",
        "in_stock": True,
        "stock_on_hand": 7,
        "rating": 4.33,
        "review_count": 3,
    }
    assert found == {"items": [row], "next": None}
    assert api.get(f"/catalog/products/{product.pk}").json() == row
    assert api.get("/catalog/search?q=mat").json() == {"items": [row], "next": None}


def test_it_is_open_to_everybody():
    ProductFactory()
    assert len(names(Api().get("/catalog/"))) == 1


def test_stock_is_that_of_this_moment(api):
    product, ever = ProductFactory(stock=90), ProductFactory(tracks_stock=False)
    StockEntry.objects.create(
        branch=BranchFactory(),
        product=product,
        kind="stock_take",
        quantity=-1,
        at=timezone.now(),
    )
    rows = {row["id"]: row for row in api.get("/catalog/").json()["items"]}
    assert rows[product.pk]["stock_on_hand"] == 89
    assert (rows[ever.pk]["stock_on_hand"], rows[ever.pk]["in_stock"]) == (None, True)


@pytest.fixture
def shop():
    mats = CategoryFactory(rank=2)
    tops = CategoryFactory(name="Tops", slug="tops", kind="clothing", rank=1)
    for name, category, price, stock, ratings in (
        ("Mat", mats, 3900, 5, (2, 9)),
        ("Block", mats, 900, 0, (1, 3)),
        ("Top", tops, 2500, 40, (0, 0)),
    ):
        made = ProductFactory(
            name=name, category=category, price_minor=price, stock=stock
        )
        Product.objects.filter(pk=made.pk).update(
            review_count=ratings[0], rating_sum=ratings[1]
        )
    ProductFactory(name="Gone", category=mats, status="withdrawn")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Top", "Mat", "Block"]),
        ("?category=mats", ["Mat", "Block"]),
        ("?kind=clothing", ["Top"]),
        ("?kind=clothing&category=mats", ["Mat", "Block"]),
        ("?in_stock=true", ["Top", "Mat"]),
        ("?min_rating=4", ["Mat"]),
        ("?min_rating=3", ["Mat", "Block"]),
        ("?min_price=2500", ["Top", "Mat"]),
        ("?max_price=2500", ["Top", "Block"]),
        ("?min_price=901&max_price=2499", []),
        ("?category=mats&in_stock=true&max_price=5000&min_rating=4.5", ["Mat"]),
        ("?kind=passes", []),
    ],
)
def test_filters(api, shop, asked, found):
    assert names(api.get(f"/catalog/{asked}")) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=mat", ["Mat"]),
        ("q=mta%20block", ["Block"]),
        ("q=gone", []),
        ("q=top&kind=equipment", []),
    ],
)
def test_search(api, shop, asked, found):
    assert names(api.get(f"/catalog/search?{asked}")) == found


@pytest.mark.parametrize("path", ["/catalog/?", "/catalog/search?q=mat&"])
def test_pages_follow_each_other_without_a_gap(api, path):
    shelves = [CategoryFactory(slug=f"c{n}", rank=n % 2) for n in range(3)]
    made = {
        ProductFactory(name=f"Mat {n}", rank=n % 4, category=shelves[n % 3]).pk
        for n in range(11)
    }
    seen, address = [], f"{path}limit=3"
    while True:
        found = api.get(address).json()
        seen += [row["id"] for row in found["items"]]
        if found["next"] is None:
            break
        address = f"{path}limit=3&cursor={found['next']}"
    assert len(seen) == 11
    assert set(seen) == made


@pytest.mark.parametrize("path", ["/catalog/?", "/catalog/search?q=mat&"])
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("min_rating=abc", "min_rating"),
        ("min_rating=0", "min_rating"),
        ("min_rating=nan", "min_rating"),
        ("min_rating=6", "min_rating"),
        (f"min_price={10**30}", "min_price"),
        ("max_price=-1", "max_price"),
        ("max_price=1e400", "max_price"),
        ("in_stock=perhaps", "in_stock"),
        ("kind=weapons", "kind"),
        ("category=<script>", "category"),
        ("category=" + "x" * 61, "category"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=garbage", "cursor"),
        ("cursor=W10", "cursor"),
    ],
)
def test_what_can_not_be_asked(api, path, asked, field):
    assert field in assert_problem(api.get(f"{path}{asked}"), 422, "invalid")["errors"]


def test_a_cursor_of_another_list_is_refused_or_harmless(api):
    for n in range(4):
        ProductFactory(name=f"Mat {n}")
    cursor = api.get("/catalog/?limit=1").json()["next"]
    assert_problem(api.get(f"/catalog/search?q=mat&cursor={cursor}"), 422, "invalid")


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=" + "x" * 101, "?q=" + "x" * 10_000, "?q=a%00b"]
)
def test_a_search_without_words_or_with_too_many(api, query):
    assert_problem(api.get(f"/catalog/search{query}"), 422, "invalid")


@pytest.mark.parametrize(
    "words",
    ["%27%3B%20DROP%20TABLE%20x", "%3Cscript%3E", "%20", "%22", "-", "%F0%9F%8F%8B"],
)
def test_a_search_for_odd_things_finds_nothing(api, words):
    ProductFactory(name="Mat")
    assert names(api.get(f"/catalog/search?q={words}")) == []


def test_a_category_that_is_not_there(api):
    CategoryFactory(slug="empty")
    assert names(api.get("/catalog/?category=empty")) == []
    assert_problem(api.get("/catalog/?category=nothing"), 404, "not_found")
    assert_problem(api.get("/catalog/search?q=mat&category=nothing"), 404, "not_found")


@pytest.mark.parametrize("number", [0, "abc", 2**63])
def test_a_product_id_that_is_none(api, number):
    assert_problem(api.get(f"/catalog/products/{number}"), 422, "invalid")


def test_a_product_that_is_not_sold(api):
    withdrawn = ProductFactory(status="withdrawn")
    for number in (withdrawn.pk, 2**62):
        assert_problem(api.get(f"/catalog/products/{number}"), 404, "product_not_found")
