"""The shop's pages: shelves, facets, cards, a product; kept until something changes."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import (
    Category,
    Product,
    ProductPair,
    ProductPicture,
    Review,
    StockHold,
)
from catalog.operations.reviews import moderate_review, write_review
from tests.factories import CategoryFactory, MemberFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db

CARD_RATED = re.compile(
    r"<h3><a [^>]*>([^<]*)</a></h3>.*?Rated </span>([0-9.]+)<", re.S
)


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def as_member(member):
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def review(buy, now):
    def review(product, rating, publish=True, member=None, **said):
        member = member or MemberFactory()
        buy(product, member=member)
        made = write_review(
            product_id=product.pk, member_id=member.pk, rating=rating, now=now, **said
        )
        if publish:
            moderate_review(
                review_id=made.pk,
                publish=True,
                actor_id=UserFactory(role="manager").pk,
                now=now,
            )
        return made

    return review


def page(client: Client, path: str, status: int = 200, **asked: str) -> str:
    answer = client.get(path, asked)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def names(html: str) -> list[str]:
    """The products on the page's cards, in their order."""
    return [
        card.split("</a>")[0].split(">")[-1]
        for card in html.split('<article class="product')[1:]
    ]


def test_a_card_says_what_it_is_what_it_costs_and_whether_there_is_any():
    ProductFactory(
        name="Kettlebell 16 kg",
        slug="kettlebell-16",
        maker="Ridgeline",
        price_minor=4900,
    )
    html = page(Client(), "/shop/")
    for said in (
        "Kettlebell 16 kg",
        "Ridgeline",
        "£49.00",
        "In stock",
        "No reviews yet",
        "/shop/products/kettlebell-16/",
    ):
        assert said in html


@pytest.mark.parametrize(
    ("stock", "words"),
    [
        (0, "Sold out"),
        (1, "Only 1 left"),
        (5, "Only 5 left"),
        (6, "In stock"),
        (90, "In stock"),
    ],
)
def test_stock_in_words(stock, words):
    product = ProductFactory(stock=stock)
    assert words in page(Client(), "/shop/")
    assert words in page(Client(), f"/shop/products/{product.slug}/")


def test_what_has_no_stock_level_is_always_available():
    product = ProductFactory(tracks_stock=False)
    assert "Always available" in page(Client(), "/shop/")
    assert "Always available" in page(Client(), f"/shop/products/{product.slug}/")


def test_a_category_and_a_kind_show_only_their_own():
    mats = CategoryFactory()
    tops = CategoryFactory(
        name="Tops", slug="tops", kind="clothing", summary="Quick to dry."
    )
    ProductFactory(name="A mat", category=mats)
    ProductFactory(name="A top", category=tops)
    assert names(page(Client(), "/shop/")) == ["A mat", "A top"]
    assert names(page(Client(), "/shop/tops/")) == ["A top"]
    assert "Quick to dry." in page(Client(), "/shop/tops/")
    assert names(page(Client(), "/shop/", kind="equipment")) == ["A mat"]


def test_an_empty_shop_and_an_empty_category_say_so():
    assert "Nothing on sale here just now" in page(Client(), "/shop/")
    CategoryFactory()
    html = page(Client(), "/shop/mats/")
    assert "Nothing on sale here just now" in html
    assert "Look at the whole shop" in html


def test_facets_narrow_the_list_and_say_how_many_each_would_leave(review):
    cheap = ProductFactory(name="Cheap", price_minor=900, rank=1)
    ProductFactory(name="Dear", price_minor=12_000, rank=2)
    ProductFactory(name="Gone", price_minor=1_500, stock=0, rank=3)
    review(cheap, 5)
    html = page(Client(), "/shop/")
    for said in (
        "In stock (2)",
        "Under £20 (2)",
        "£20 to £50 (0)",
        "£100 and more (1)",
        "4 stars and up (1)",
    ):
        assert said in html
    assert names(page(Client(), "/shop/", price="to-20")) == ["Cheap", "Gone"]
    assert names(page(Client(), "/shop/", price="to-20", stock="1")) == ["Cheap"]
    assert names(page(Client(), "/shop/", rating="4")) == ["Cheap"]
    html = page(Client(), "/shop/", price="20-50")
    assert "Nothing like that here" in html
    # the other choices of a facet still say what they would leave
    assert "Under £20 (2)" in html


def test_so_many_stars_and_up_are_those_whose_card_says_so():
    for total, count in ((394, 100), (395, 100), (396, 100), (95, 24), (4, 1), (5, 1)):
        made = ProductFactory(name=f"{total} of {count}")
        Product.objects.filter(pk=made.pk).update(rating_sum=total, review_count=count)
    said = dict(re.findall(CARD_RATED, page(Client(), "/shop/")))
    assert said["394 of 100"] == "3.9"
    assert said["395 of 100"] == said["396 of 100"] == "4.0"
    for stars in ("3", "4"):
        html = page(Client(), "/shop/", rating=stars)
        found = {name for name, mean in said.items() if float(mean) >= float(stars)}
        assert set(names(html)) == found
        assert f"{stars} stars and up ({len(found)})" in html


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("featured", ["B", "C", "A"]),
        ("price", ["C", "A", "B"]),
        ("price-desc", ["B", "A", "C"]),
        ("rating", ["A", "C", "B"]),
        ("newest", ["C", "B", "A"]),
    ],
)
def test_orders(sort, order, review):
    a = ProductFactory(name="A", price_minor=200, rank=3)
    b = ProductFactory(name="B", price_minor=300, rank=1)
    ProductFactory(name="C", price_minor=100, rank=2)
    review(a, 5)
    review(b, 2)
    assert names(page(Client(), "/shop/", sort=sort)) == order


def test_one_five_star_review_is_not_the_best_of_all(review):
    one, many = ProductFactory(name="One"), ProductFactory(name="Many")
    review(one, 5)
    for stars in (5, 5, 5, 4):
        review(many, stars)
    assert names(page(Client(), "/shop/", sort="rating")) == ["Many", "One"]


def test_pages_follow_each_other_without_a_gap():
    made = [ProductFactory(name=f"P{n:02}", rank=n).name for n in range(50)]
    html, seen = page(Client(), "/shop/"), []
    while True:
        seen += names(html)
        if "More products" not in html:
            break
        address = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        html = page(Client(), address)
    assert seen == made
    assert "First page" in html


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/shop/nothing/", 404, "There is no such category."),
        ("/shop/products/nothing/", 404, "There is no such product."),
        ("/shop/pictures/nothing.webp", 404, "There is no such picture."),
        ("/shop/?kind=weapons", 422, "There is no such choice."),
        ("/shop/?rating=abc", 422, "There is no such choice."),
        (f"/shop/?price={10**30}", 422, "There is no such choice."),
        ("/shop/?price=%00", 422, "There is no such choice."),
        ("/shop/?stock=-1", 422, "There is no such choice."),
        ("/shop/?sort=id;DROP TABLE", 422, "There is no such choice."),
        ("/shop/?after=garbage", 422, "This cursor is not one we gave."),
        ("/shop/?after=WzFd", 422, "This cursor is not one we gave."),
        ("/shop/?after=WyJ4IiwgIlx1MDAwMCJd", 422, "This cursor is not one we gave."),
        ("/shop/products/mat/?after=garbage", 422, "This cursor is not one we gave."),
    ],
)
def test_what_can_not_be_is_said_clearly(path, status, said):
    ProductFactory(slug="mat")
    html = page(Client(), path, status)
    assert said in html
    assert "&lt;script" not in html


def test_a_product_page_shows_all_there_is_to_know(as_member, review):
    product = ProductFactory(
        name="Mat",
        slug="mat",
        description="Four millimetres.\n\nMade of cork.",
        price_minor=3900,
    )
    review(product, 5, title="Lovely", text="It <b>stays</b> flat.")
    review(product, 2, text="Too thin.")
    html = page(as_member, "/shop/products/mat/")
    for said in (
        "Four millimetres.",
        "£39.00",
        "In stock",
        "Add to cart",
        "Lovely",
        "It &lt;b&gt;stays&lt;/b&gt; flat.",
    ):
        assert said in html
    assert "3.5 <small>of 5, from 2 reviews" in html
    assert f'action="{reverse("cart-add", args=[product.pk])}"' in html
    assert 'max="18"' in html  # two of twenty were bought


def test_a_visitor_is_asked_to_join_or_log_in_and_comes_back():
    product = ProductFactory()
    html = page(Client(), f"/shop/products/{product.slug}/")
    assert (
        f'href="/account/signup/?next=/shop/products/{product.slug}/">Join to buy<'
        in html
    )
    assert f"/account/login/?next=/shop/products/{product.slug}/" in html
    assert "Add to cart" not in html
    assert "csrf" not in html


def test_sold_out_withdrawn_and_held_say_why_there_is_no_button(as_member, fill, now):
    sold, withdrawn = ProductFactory(stock=0), ProductFactory(status="withdrawn")
    held = ProductFactory(stock=2)
    StockHold.objects.create(
        cart_id=fill(MemberFactory(), held),
        product=held,
        quantity=2,
        expires_at=now + timedelta(minutes=9),
    )
    for product, said in (
        (sold, "Sold out just now"),
        (withdrawn, "No longer sold"),
        (held, "being paid for"),
    ):
        html = page(as_member, f"/shop/products/{product.slug}/")
        assert said in html
        assert "Add to cart" not in html
    assert withdrawn.name not in page(as_member, "/shop/")


def test_a_hold_of_ones_own_or_one_that_ran_out_keeps_nothing_from_the_reader(
    as_member, member, fill, now
):
    product = ProductFactory(stock=2)
    mine, others = fill(member, product), fill(MemberFactory(), product)
    StockHold.objects.create(
        cart_id=mine, product=product, quantity=2, expires_at=now + timedelta(minutes=9)
    )
    StockHold.objects.create(
        cart_id=others,
        product=product,
        quantity=2,
        expires_at=now - timedelta(seconds=1),
    )
    html = page(as_member, f"/shop/products/{product.slug}/")
    assert "Only 2 left" in html
    assert "1 in your cart." in html


def test_ones_own_review_is_told_to_oneself_only(as_member, member, review):
    product = ProductFactory()
    path = f"/shop/products/{product.slug}/"
    assert "You bought this" not in page(as_member, path)
    review(product, 4, publish=False, member=member, text="Not read yet")
    html = page(as_member, path)
    assert "once our staff have read it" in html
    assert "Not read yet" not in html
    assert "Your review" not in page(Client(), path)
    Review.objects.update(status="rejected")
    assert "It was not published" in page(as_member, path)


def test_who_bought_it_is_invited_to_review(as_member, member, buy):
    product = ProductFactory()
    buy(product, member=member)
    assert "You bought this." in page(as_member, f"/shop/products/{product.slug}/")


def test_reviews_come_in_pages_newest_first(buy, now):
    product = ProductFactory(stock=50)
    for n in range(12):
        buyer = MemberFactory()
        buy(product, member=buyer)
        Review.objects.create(
            branch=buyer.home_branch,
            product=product,
            member=buyer,
            rating=5,
            text=f"Said {n:02}.",
            status="published",
            created_at=now,
        )
    path = f"/shop/products/{product.slug}/"
    first = page(Client(), path)
    assert "Said 11." in first
    assert "Said 01." not in first
    cursor = first.split('href="?after=')[1].split("#")[0]
    second = page(Client(), path, after=cursor)
    assert "Said 01." in second
    assert "Said 11." not in second
    assert "Newest" in second


def test_bought_together_shows_what_is_still_sold_most_often_first():
    product, often, seldom, gone = (
        ProductFactory(name=name) for name in ("This", "Often", "Seldom", "Gone")
    )
    for other, orders in ((seldom, 1), (often, 7), (gone, 9)):
        ProductPair.objects.create(product=product, other=other, orders=orders)
    path = f"/shop/products/{product.slug}/"
    Product.objects.filter(pk=gone.pk).update(status="withdrawn")
    assert names(page(Client(), path)) == ["Often", "Seldom"]
    # no version moves, yet the page follows
    ProductPair.objects.filter(other=seldom).update(orders=8)
    assert names(page(Client(), path)) == ["Seldom", "Often"]


@pytest.mark.parametrize(
    "change",
    [
        lambda product: Product.objects.filter(pk=product.pk).update(price_minor=777),
        lambda product: Product.objects.filter(pk=product.pk).update(name="Other"),
        lambda product: Product.objects.filter(pk=product.pk).update(
            status="withdrawn"
        ),
        lambda product: Category.objects.update(name="Other"),
        lambda product: ProductFactory(category=product.category),
        lambda product: picture(product),
    ],
    ids=["price", "name", "withdrawn", "category", "another product", "picture"],
)
def test_a_change_shows_at_once(change):
    product = ProductFactory()
    before = page(Client(), "/shop/mats/")
    change(product)
    assert page(Client(), "/shop/mats/") != before


def test_a_sale_among_many_keeps_the_pages_and_the_last_ones_do_not(buy):
    product = ProductFactory(stock=8)
    page(Client(), "/shop/")
    buy(product)
    with CaptureQueriesContext(connection) as captured:
        assert "In stock" in page(Client(), "/shop/")
    assert len(captured) == 1
    buy(product, quantity=4)
    assert "Only 3 left" in page(Client(), "/shop/")


def picture(product: Product, content: bytes = b"RIFFxxxxWEBP") -> ProductPicture:
    return ProductPicture.objects.create(
        product=product,
        alt="A green mat, rolled up",
        digest=sha256(content).hexdigest(),
        content=content,
        width=800,
        height=800,
    )


def test_an_uploaded_picture_takes_the_drawings_place_and_may_be_kept_for_ever():
    product = ProductFactory()
    path = f"/shop/products/{product.slug}/"
    assert "products.svg#" in page(Client(), path)
    made = picture(product)
    address = f"/shop/pictures/{made.digest}.webp"
    assert f'src="{address}" alt="A green mat, rolled up"' in page(Client(), path)
    assert f'src="{address}" alt=""' in page(Client(), "/shop/")
    answer = Client().get(address)
    assert (answer.content, answer["Content-Type"]) == (b"RIFFxxxxWEBP", "image/webp")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in answer.get("Vary", "")


def test_every_audience_finds_the_shop():
    for user in (
        None,
        UserFactory(),
        UserFactory(role="front_desk"),
        UserFactory(role="trainer"),
    ):
        client = Client()
        if user:
            client.force_login(user)
        assert '<a href="/shop/" aria-current="page">' in page(client, "/shop/")


def test_list_and_page_say_one_rating(review):
    """4.25: of two ways to round, one made 4.2 and the other 4.3."""
    product = ProductFactory()
    for rating in (5, 4, 4, 4):
        review(product, rating)
    told = re.findall(r"Rated </span>([0-9.]+)<", page(Client(), "/shop/"))
    there = page(Client(), f"/shop/products/{product.slug}/")
    told += re.findall(r"Rated </span>([0-9.]+)<", there)[:1]
    told += re.findall(r'class="figure">([0-9.]+) <small>of 5', there)
    assert told == ["4.3"] * 3
