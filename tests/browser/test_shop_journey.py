"""A member's way through the shop in a real browser, with scripts and without: find,
buy, review, rent, return."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import CartItem, Order, Product, Rental, Review
from catalog.operations.rentals import hand_out, return_rental
from gymsite.core.models import Brand
from tests.browser.test_journey import WAYS, press
from tests.factories import (
    CategoryFactory,
    MemberFactory,
    ProductFactory,
    RentalKindFactory,
    RentalUnitFactory,
    UserFactory,
)


@pytest.fixture
def member(transactional_db):
    Brand.objects.get_or_create(pk=1)
    made = MemberFactory(username="maya")
    ProductFactory(
        name="Whey Protein",
        slug="whey",
        category=CategoryFactory(),
        price_minor=2400,
        stock=9,
    )
    kind = RentalKindFactory(name="Padel Racket", slug="racket", deposit_minor=1500)
    RentalUnitFactory(kind=kind, branch=made.home_branch)
    return made


@WAYS
def test_from_a_mistyped_search_to_returning_a_racket(member, visitor, scripts):
    page = visitor(member, java_script_enabled=scripts).open("/shop/")

    # what is mistyped is found
    page.get_by_role("searchbox", name="Search the shop").fill("protien")
    press(page, "Search")
    page.get_by_role("link", name="Whey Protein").click()
    page.get_by_label("Quantity").fill("2")
    press(page, "Add to cart")
    expect(page.get_by_text("2 × Whey Protein in your cart.")).to_be_visible()

    # the cart is changed, paid and seen as an order; a reload pays nothing
    page.get_by_role("link", name=re.compile("Your cart")).click()
    press(page, "One more of Whey Protein")
    expect(page.get_by_role("complementary", name="Total")).to_contain_text("£72.00")
    page.get_by_role("link", name="Check out").click()
    page.get_by_label("A card that is declined").check()
    press(page, "Pay £72.00")
    expect(page.get_by_role("alert")).to_contain_text("Try another card.")
    page.get_by_label("Card", exact=True).check()
    press(page, "Pay £72.00")
    expect(page.get_by_role("heading", name="Thank you, it is paid")).to_be_visible()
    page.reload()
    order = Order.objects.get(member=member)
    assert (order.total_minor, Product.objects.get().stock.on_hand) == (7200, 6)

    # it is reviewed
    page.get_by_role("link", name="Write a review").click()
    page.get_by_label("4 stars").check(force=True)
    page.get_by_label("In one line").fill("Mixes well")
    press(page, "Send my review")
    expect(page.get_by_text("once our staff have read it").first).to_be_visible()
    assert Review.objects.get().rating == 4

    # a racket is rented and returned
    page.goto(page.url.split("/shop/")[0] + "/shop/rentals/")
    page.get_by_role("link", name="Choose days").click()
    press(page, "Pay £18.00")
    expect(page.get_by_role("heading", name="Padel Racket is yours")).to_be_visible()
    rental, desk = Rental.objects.get(), UserFactory(role="front_desk")
    hand_out(rental_id=rental.pk, actor_id=desk.pk, now=timezone.now())
    page.reload()
    press(page, "It is back")
    expect(page.get_by_role("heading", name="You said that it is back")).to_be_visible()
    return_rental(rental_id=rental.pk, actor_id=desk.pk, now=timezone.now())
    page.reload()
    expect(page.get_by_text("£15.00 of your deposit comes back.").first).to_be_visible()


def test_the_cart_answers_in_place(member, visitor):
    page = visitor(member).open("/shop/products/whey/")
    press(page, "Add to cart")
    expect(page.locator("#cart-link")).to_contain_text("1")
    expect(page.locator("#in-cart")).to_have_text("1 in your cart.")
    page.get_by_label("Quantity").fill("9")
    press(page, "Add to cart")
    expect(page.locator("#toasts")).to_contain_text("Only 9 of Whey Protein are left.")
    assert page.url.endswith("/shop/products/whey/")

    page.goto(page.url.replace("/products/whey/", "/cart/"))
    url = page.url
    press(page, "One more of Whey Protein")
    expect(page.locator("#cart-link")).to_contain_text("2")
    expect(page.get_by_role("button", name="One more of Whey Protein")).to_be_focused()
    quantity = page.get_by_label("How many of Whey Protein")
    quantity.fill("4")
    quantity.press("Enter")
    expect(page.get_by_role("complementary", name="Total")).to_contain_text("£96.00")
    assert CartItem.objects.get().quantity == 4
    page.get_by_role("button", name="Remove Whey Protein").click()
    expect(page.get_by_text("Nothing in it yet")).to_be_visible()
    assert page.url == url


def test_the_price_of_the_days_is_worked_out_in_place(member, visitor):
    page = visitor(member).open("/shop/rentals/rent/racket/")
    first = page.get_by_label("First day").input_value()
    expect(page.get_by_role("button", name="Pay £18.00")).to_be_visible()
    page.get_by_label("Last day").fill("2020-01-01")
    expect(page.locator("#quote")).to_contain_text("before it starts")
    page.get_by_label("Last day").fill(first)
    expect(page.get_by_role("button", name="Pay £18.00")).to_be_visible()


def test_stars_are_chosen_with_the_keyboard(member, visitor):
    page = visitor(member).open("/shop/products/whey/review/")
    expect(page.get_by_text("Only what you bought can be reviewed")).to_be_visible()
    buy(page)
    page.goto(page.url.split("/shop/")[0] + "/shop/products/whey/review/")
    page.get_by_label("1 star", exact=True).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("5 stars")).to_be_checked()
    press(page, "Send my review")
    expect(page.get_by_text("once our staff have read it").first).to_be_visible()


def buy(page: Page) -> None:
    """Buy the product whose review page this is."""
    page.get_by_role("link", name="Back to Whey Protein").click()
    press(page, "Add to cart")
    page.locator("#cart-link .badge").wait_for()
    page.goto(page.url.split("/shop/")[0] + "/shop/checkout/")
    press(page, "Pay £24.00")
    expect(page.get_by_role("heading", name="Thank you, it is paid")).to_be_visible()
