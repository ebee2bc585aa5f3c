"""A manager plans a purchase, receives it in two parts and sees stock and both ledgers
agree, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.models import Sum
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import PurchaseOrder, StockEntry, StockLevel
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from gymsite.core.models import Role
from gymsite.payments.models import LedgerEntry
from tests.asserts import assert_all_holds
from tests.browser.test_every_page import violations
from tests.factories import MemberFactory, ProductFactory, SupplierOfferFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mat():
    """Three are left of five, since a member bought two; ten should be there."""
    mat, member, now = (
        ProductFactory(stock=5, name="Cork mat"),
        MemberFactory(),
        timezone.now(),
    )
    SupplierOfferFactory(
        product=mat, pack_size=4, pack_cost_minor=1000, supplier__name="Fit Co"
    )
    item = add_to_cart(member_id=member.pk, product_id=mat.pk, quantity=2, now=now)
    mat.order, _ = check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
    StockLevel.objects.filter(pk=mat.pk).update(reorder_at=10)
    return mat


@pytest.fixture
def staff(logged_in, mat):
    return logged_in(Role.MANAGER)


def receive(staff: Page, note: str, units: int) -> None:
    staff.click("text=Receive a delivery")
    staff.fill("[name=note]", note)
    staff.fill("[name^=line_]", str(units))
    staff.click("button.gs-primary")
    expect(staff.locator(".messagelist")).to_contain_text(
        f"{units} units with note {note}"
    )


def test_plan_receive_in_two_parts_and_the_ledgers_agree(staff, live_server, mat):
    staff.click("text=Purchases")
    staff.click("text=Plan a purchase")
    expect(staff.locator("main")).to_contain_text("Fit Co")
    expect(staff.locator("main")).to_contain_text(
        "Packs are whole: 1 more than needed."
    )
    staff.click("text=Approve and order for £20.00")
    expect(staff.locator(".messagelist")).to_contain_text("for £20.00")
    order = PurchaseOrder.objects.get()
    staff.goto(f"{live_server.url}/admin/catalog/purchaseorder/{order.pk}/change/")
    receive(staff, "LS-1", 5)
    receive(staff, "LS-2", 3)
    order.refresh_from_db()
    assert (order.status, StockLevel.objects.get(pk=mat.pk).on_hand) == ("received", 11)
    staff.goto(
        f"{live_server.url}/admin/catalog/stockentry/?product__id__exact={mat.pk}"
    )
    rows = staff.locator("#result_list tbody tr")
    assert [
        rows.nth(n).locator(".field-quantity_shown").inner_text() for n in range(4)
    ] == ["+3", "+5", "-2", "+5"]
    assert [rows.nth(n).locator(".field-balance").inner_text() for n in range(4)] == [
        "11",
        "8",
        "3",
        "5",
    ]
    month = f"{timezone.now():%Y-%m}"
    staff.goto(f"{live_server.url}/admin/payments/ledgerentry/?month={month}")
    expect(staff.locator("#result_list .field-balance_shown").first).to_have_text(
        "£25.80"
    )
    assert (
        StockEntry.objects.filter(product=mat).aggregate(Sum("quantity"))[
            "quantity__sum"
        ]
        == 11
    )
    assert (
        LedgerEntry.objects.aggregate(Sum("amount_minor"))["amount_minor__sum"]
        == mat.order.total_minor
    )
    assert_all_holds()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_pass_axe_and_fit_a_phone(staff, live_server, mat, scheme):
    staff.emulate_media(color_scheme=scheme)
    for path in (
        "catalog/purchaseorder/plan/",
        "catalog/purchaseorder/",
        f"catalog/product/{mat.pk}/change/",
        f"catalog/stocklevel/do/count/?ids={mat.pk}",
        "catalog/stockentry/",
        f"catalog/order/do/refund/?ids={mat.order.pk}",
    ):
        staff.set_viewport_size({"width": 1280, "height": 900})
        staff.goto(f"{live_server.url}/admin/{path}")
        assert violations(Axe(), staff, "manager", {}) == []
        staff.set_viewport_size({"width": 360, "height": 800})
        assert staff.evaluate("document.documentElement.scrollWidth") <= 360, path
