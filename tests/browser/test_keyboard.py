"""A member's way by Tab, Enter, Space and what one types, on a desk and on a phone; at
each stop one sees where one is."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from bookings.models import Booking
from catalog.models import Order
from gymsite.core.models import Brand
from tests.browser.conftest import DESK_WIDTH, PHONE_WIDTH
from tests.factories import PASSWORD, CategoryFactory, MemberFactory, ProductFactory

WIDTHS = pytest.mark.parametrize("width", [DESK_WIDTH, PHONE_WIDTH])
# of what has the focus: whether it, its label or what stands beside it is outlined, and
# whether it lies on top, under no bar
SHOWN = """() => {
    const here = document.activeElement
    if (here === document.body) return true
    const box = here.getClientRects()[0]
    const parts = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]
    const tops = parts.map(([x, y]) =>
        document.elementFromPoint(box.x + box.width * x, box.y + box.height * y))
    const around = [here, here.nextElementSibling, here.closest("label"),
        here.closest("article, li, .product")].filter(Boolean)
    const outlined = (one) => {
        const style = getComputedStyle(one)
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
    }
    const seen = tops.some((top) => top && around.some((one) => one.contains(top)))
    return around.some(outlined) && seen ? true : here.outerHTML.slice(0, 200)
}"""


def go_to(page: Page, place: Locator) -> None:
    """To it by Tab alone."""
    expect(place).to_be_attached()
    page.wait_for_load_state()  # its styles too
    for _ in range(80):
        page.keyboard.press("Tab")
        assert page.evaluate(SHOWN) is True, page.evaluate(SHOWN)
        if place.evaluate("place => place === document.activeElement"):
            return
    raise AssertionError(f"no way to {place}")


def press(page: Page, name: str, key: str = "Enter", role: str = "button") -> None:
    go_to(page, page.get_by_role(role, name=name).first)
    page.keyboard.press(key)


def log_in(page: Page) -> None:
    go_to(page, page.get_by_label("Username or e-mail"))
    page.keyboard.type("ana")
    go_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    press(page, "Log in")


@WIDTHS
def test_from_logging_in_to_cancelling(gym, visitor, width):
    day = f"/?day={gym.open.session_date.isoformat()}"
    page = visitor(width=width).open(f"/account/login/?next={day}")
    log_in(page)
    expect(page).to_have_url(re.compile(re.escape(day)))
    go_to(page, page.locator(f"#b{gym.open.pk}"))
    page.keyboard.press("Space")
    expect(page.locator(f"#s{gym.open.pk}")).to_contain_text("Booked ✓")
    go_to(page, page.get_by_role("link", name="Bookings", exact=True))
    page.keyboard.press("Enter")
    name = re.compile("See or cancel Vinyasa Flow")
    press(page, name, role="link")
    press(page, "Cancel booking", key="Space")
    expect(page.get_by_text("Cancelled.").first).to_be_visible()
    assert Booking.objects.filter(member=gym.member, status="booked").count() == 1


@pytest.fixture
def mat(transactional_db):
    Brand.objects.get_or_create(pk=1)
    MemberFactory(username="ana")
    return ProductFactory(
        name="Cork Mat", slug="mat", category=CategoryFactory(), price_minor=2400
    )


@WIDTHS
def test_from_a_product_to_a_paid_order(mat, visitor, width):
    page = visitor(width=width).open("/account/login/?next=/shop/products/mat/")
    log_in(page)
    press(page, "Add to cart", key="Space")
    expect(page.get_by_text("in your cart.").first).to_be_visible()
    press(page, re.compile("Your cart"), role="link")
    press(page, "One more of Cork Mat")
    expect(page.get_by_role("complementary", name="Total")).to_contain_text("£48.00")
    press(page, "Check out", role="link")
    press(page, "Pay £48.00")
    expect(page.get_by_role("heading", name="Thank you, it is paid")).to_be_visible()
    assert Order.objects.get().total_minor == 4800
