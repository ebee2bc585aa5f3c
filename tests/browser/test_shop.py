"""Looking around the shop in a real browser: with scripts the list answers in place,
without them it answers too."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE_WIDTH


def cards(page):
    return page.locator("article.product")


def test_filters_answer_in_place_and_live_in_the_address(gym, visitor):
    page = visitor(gym.member).open("/shop/")
    page.evaluate("window.untouched = true")
    page.get_by_role("link", name="Clothing").click()
    expect(page.get_by_role("heading", name="Clothing", level=1)).to_be_visible()
    page.get_by_label("Price").select_option("from-100")
    expect(page.get_by_role("heading", name="Nothing like that here")).to_be_visible()
    expect(page).to_have_url(re.compile(r"kind=clothing.*price=from-100"))
    page.get_by_role("link", name="Clear").click()
    expect(cards(page)).to_have_count(24)
    assert page.evaluate("window.untouched"), "the page was loaded anew"
    page.get_by_role("link", name="More products").click()
    expect(cards(page)).to_have_count(2)
    page.reload()
    expect(cards(page)).to_have_count(2)


def test_from_a_mistyped_word_to_the_product_without_scripts(gym, visitor):
    page = visitor(None, PHONE_WIDTH, java_script_enabled=False).open("/shop/")
    page.get_by_role("searchbox").fill("korc mat")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Order").select_option("price")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Cork Mat").click()
    expect(page.get_by_role("heading", name="Cork Mat", level=1)).to_be_visible()
    expect(page.get_by_text("Flat at once.")).to_have_count(1)
    expect(page.get_by_role("link", name="Join to buy")).to_be_visible()
    expect(page.locator("article.product h3")).to_have_text(
        ["Training Top 0", "Training Top 1", "Training Top 2"]
    )


def test_a_member_sees_their_review_and_the_button(gym, visitor):
    page = visitor(gym.member).open("/shop/products/mat/")
    expect(
        page.get_by_text("It stands here once our staff have read it.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()
    expect(page.get_by_label("Quantity")).to_have_value("1")
