"""What staff do in the shop's back room, through the same operations as everybody."""

import csv
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from catalog.models import (
    Delivery,
    PurchaseOrder,
    Rental,
    Review,
    StockEntry,
    StockLevel,
)
from catalog.operations.rentals import Wish, rent
from catalog.operations.reviews import write_review
from gymsite.core.models import Event, Role
from gymsite.payments.operations import begin
from tests.asserts import assert_all_holds
from tests.factories import (
    BranchFactory,
    MemberFactory,
    ProductFactory,
    PurchaseOrderFactory,
    RentalUnitFactory,
    SupplierOfferFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PLAN = "/admin/catalog/purchaseorder/plan/"


@pytest.fixture
def short():
    """Eight mats are short; the offer sells three for 9.00."""
    mat = ProductFactory(stock=2, name="Mat")
    StockLevel.objects.filter(pk=mat.pk).update(reorder_at=10)
    SupplierOfferFactory(
        product=mat, pack_size=3, pack_cost_minor=900, supplier__name="Fit Co"
    )
    return mat


def act(client, page, **data):
    """Open an act's page and confirm it as shown."""
    shown = client.get(page).content.decode()
    if found := re.search(r'name="seen" value="([\w-]+)"', shown):
        data.setdefault("seen", found[1])
    return client.post(page, data, follow=True)


def hidden(shown, name):
    return re.search(rf'name="{name}" value="([^"]*)"', shown)[1]


def approve(client, shown):
    names = ("digest", "horizon_days", "budget", "branch")
    form = shown[shown.index('<form method="post" class="gs-buttons"') :]
    return client.post(PLAN, {name: hidden(form, name) for name in names}, follow=True)


def test_the_plan_is_shown_before_anything_is_ordered(client, manager, short):
    shown = client.get(PLAN).content.decode()
    assert "Fit Co" in shown and "3 of 3" in shown and "£27.00" in shown
    assert "Packs are whole: 1 more than needed." in shown
    assert not PurchaseOrder.objects.exists()
    answer = approve(client, shown)
    order = PurchaseOrder.objects.get()
    assert (order.total_minor, order.branch, order.approved_by) == (
        2700,
        manager.home_branch,
        manager,
    )
    assert "for £27.00" in answer.content.decode()
    assert "Nothing is short" in client.get(PLAN).content.decode()


def test_the_budget_is_money_and_what_stays_short_is_said(client, manager, short):
    shown = client.get(
        PLAN, {"horizon_days": 7, "budget": "18.50", "branch": manager.home_branch_id}
    ).content.decode()
    assert (
        "£18.00" in shown
        and "2 units stay short" in shown
        and "The budget does not reach." in shown
    )
    approve(client, shown)
    assert PurchaseOrder.objects.get().total_minor == 1800


def test_a_plan_that_was_overtaken_is_shown_anew_and_not_ordered(
    client, manager, short
):
    shown = client.get(PLAN).content.decode()
    StockLevel.objects.filter(pk=short.pk).update(reorder_at=30)
    answer = approve(client, shown).content.decode()
    assert "have changed since this plan was made" in answer and "£90.00" in answer
    assert not PurchaseOrder.objects.exists()
    approve(client, answer)
    assert PurchaseOrder.objects.get().total_minor == 9000


@pytest.mark.parametrize(
    "wrong",
    [{"budget": "-1"}, {"budget": "x"}, {"horizon_days": "0"}, {"branch": "999999"}],
)
def test_a_plan_for_nonsense_is_refused(client, manager, short, wrong):
    asked = {
        "horizon_days": 28,
        "budget": "",
        "branch": manager.home_branch_id,
        "digest": "x",
    } | wrong
    assert client.get(PLAN, asked).status_code == 422
    assert client.post(PLAN, asked).status_code == 422
    assert not PurchaseOrder.objects.exists()


def test_only_managers_plan_and_nobody_orders_for_another_branch(
    client, manager, short
):
    elsewhere = BranchFactory(slug="hillside")
    digest = hidden(client.get(PLAN).content.decode(), "digest")
    client.post(
        PLAN,
        {"horizon_days": 28, "budget": "", "branch": elsewhere.pk, "digest": digest},
    )
    assert not PurchaseOrder.objects.exists()
    client.force_login(UserFactory(role=Role.FRONT_DESK))
    assert client.get(PLAN).status_code == 403


def test_a_delivery_in_two_parts(client, manager, short):
    approve(client, client.get(PLAN).content.decode())
    order = PurchaseOrder.objects.get()
    page = f"/admin/catalog/purchaseorder/do/deliver/?ids={order.pk}"
    line = order.lines.get()
    assert "9 of 9 are still to come" in client.get(page).content.decode()
    answer = act(client, page, note="LS-1", **{f"line_{line.pk}": 4})
    assert "4 units with note LS-1: received in part" in answer.content.decode()
    too_many = act(client, page, note="LS-2", **{f"line_{line.pk}": 6})
    assert "5 of 9 were still to come" in too_many.content.decode()
    act(client, page, note="LS-2", **{f"line_{line.pk}": 5})
    order.refresh_from_db()
    assert (order.status, StockLevel.objects.get(pk=short.pk).on_hand) == (
        "received",
        11,
    )
    assert list(
        StockEntry.objects.filter(kind="delivery").values_list("quantity", "balance")
    ) == [(4, 6), (5, 11)]
    assert_all_holds()


def test_a_doubled_click_receives_once(client, manager):
    order = PurchaseOrderFactory(lines=[(SupplierOfferFactory(), 5)])
    page = f"/admin/catalog/purchaseorder/do/deliver/?ids={order.pk}"
    sent = {
        "note": "LS-1",
        f"line_{order.lines.get().pk}": 3,
        "seen": hidden(client.get(page).content.decode(), "seen"),
    }
    assert [client.post(page, sent).status_code for _ in range(2)] == [302, 422]
    assert Delivery.objects.count() == 1


def test_the_rest_of_an_order_is_cancelled_with_a_reason(client, manager):
    order = PurchaseOrderFactory(lines=[(SupplierOfferFactory(), 5)])
    act(
        client,
        f"/admin/catalog/purchaseorder/do/cancel/?ids={order.pk}",
        reason="Sold out there",
    )
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert "Sold out there" in LogEntry.objects.get().change_message


def test_stock_is_counted(client, manager, short):
    page = f"/admin/catalog/stocklevel/do/count/?ids={short.pk}"
    assert "2" in re.findall(r"<dd>(\d+)</dd>", client.get(page).content.decode())
    answer = act(client, page, counted=5, reason="Found three behind the shelf")
    assert "5 counted, +3 entered" in answer.content.decode()
    assert StockLevel.objects.get(pk=short.pk).on_hand == 5
    assert StockEntry.objects.get(quantity=3).reason == "Found three behind the shelf"


def test_a_product_is_added_with_its_stock_withdrawn_and_put_back(client, manager):
    category = ProductFactory().category
    given = {
        "sku": "NEW-1",
        "slug": "new",
        "name": "New",
        "category": category.pk,
        "tracks_stock": "on",
    }
    answer = client.post(
        "/admin/catalog/product/add/",
        given | {"price_minor": "5.00", "currency": "GBP", "rank": 1},
    )
    assert answer.status_code == 302, answer.context["errors"]
    level = StockLevel.objects.get(product__sku="NEW-1")
    assert (level.on_hand, level.product.prices.get().price_minor) == (0, 500)
    shown = client.get(f"/admin/catalog/product/{level.pk}/change/").content.decode()
    assert "£5.00" in shown and "Count, reorder level" in shown
    for name, status in (("withdraw", "withdrawn"), ("putback", "on_sale")):
        act(
            client, f"/admin/catalog/product/do/{name}/?ids={level.pk}", reason="Season"
        )
        level.product.refresh_from_db()
        assert level.product.status == status
    assert Event.objects.filter(subject="product", subject_id=level.pk).count() == 2


def test_an_order_is_packed_handed_over_and_given_back(client, manager, buy):
    mat = ProductFactory(stock=5)
    order = buy(mat, quantity=2)
    page = "/admin/catalog/order/do/{}/?ids=" + str(order.pk)
    for name, status in (("ready", "ready"), ("collected", "collected")):
        act(client, page.format(name))
        order.refresh_from_db()
        assert order.status == status
    preview = client.get(page.format("refund")).content.decode()
    assert "£25.80" in preview and "2 of 2" in preview
    assert act(client, page.format("refund")).status_code == 422  # a reason is needed
    act(client, page.format("refund"), reason="Torn", restock="on")
    order.refresh_from_db()
    assert (order.status, StockLevel.objects.get(pk=mat.pk).on_hand) == ("refunded", 5)
    assert_all_holds()


def test_reviews_are_published_or_rejected_in_bulk(client, manager, buy, now):
    mat, members = ProductFactory(), [MemberFactory() for _ in range(3)]
    for member in members:
        buy(mat, member=member)
        write_review(
            product_id=mat.pk,
            member_id=member.pk,
            rating=5,
            text="Good <script>",
            now=now,
        )
    ids = ",".join(str(pk) for pk in Review.objects.values_list("pk", flat=True))
    listed = client.get("/admin/catalog/review/").content.decode()
    assert "Good &lt;script&gt;" in listed
    act(client, f"/admin/catalog/review/do/publish/?ids={ids}")
    mat.refresh_from_db()
    assert mat.review_count == 3
    act(client, f"/admin/catalog/review/do/reject/?ids={ids}")
    mat.refresh_from_db()
    assert mat.review_count == 0


def test_a_rental_is_handed_out_and_taken_back(client, manager, now):
    unit, today = RentalUnitFactory(), timezone.localdate()
    rental = rent(
        wish=Wish(unit.kind_id, unit.branch_id, MemberFactory().pk, today, today),
        now=now,
    )
    for name, status in (("handout", "out"), ("return", "returned")):
        act(client, f"/admin/catalog/rental/do/{name}/?ids={rental.pk}")
        assert Rental.objects.get(pk=rental.pk).status == status


def test_the_stock_ledger_is_exported_as_it_is_filtered(client, manager, buy):
    ProductFactory(stock=3)
    mat = ProductFactory(stock=5, name="=HYPERLINK()")
    order = buy(mat, quantity=2)
    answer = client.get(
        f"/admin/catalog/stockentry/export/?product__id__exact={mat.pk}"
    )
    rows = list(csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines()))
    assert [
        (row["product"], row["kind"], row["quantity"], row["balance"]) for row in rows
    ] == [
        ("'=HYPERLINK()", "sale", "-2", "3"),
        ("'=HYPERLINK()", "stock_take", "5", "5"),
    ]
    assert rows[0]["order"] == order.reference
    month = f"{timezone.localdate():%Y-%m}"
    every = (
        client.get(f"/admin/catalog/stockentry/export/?month={month}")
        .getvalue()
        .decode()
        .splitlines()
    )
    assert len(every) == 1 + StockEntry.objects.count()
    assert (
        client.get("/admin/catalog/stockentry/?month=1999-01").context["cl"].result_list
        == []
    )
    assert client.get("/admin/catalog/stockentry/export/?p=x%00").status_code == 302
    client.force_login(MemberFactory())
    assert client.get("/admin/catalog/stockentry/export/").status_code == 302


def test_ledgers_are_to_read_only(client, manager, buy):
    buy(ProductFactory())
    for name in ("stockentry", "pricechange", "delivery", "purchaseline", "refund"):
        assert client.get(f"/admin/catalog/{name}/add/").status_code == 403
    entry = StockEntry.objects.first()
    assert (
        client.post(
            f"/admin/catalog/stockentry/{entry.pk}/change/", {"quantity": 9}
        ).status_code
        == 403
    )


def test_the_start_pages_tiles_count_what_their_lists_show(client, manager, buy, now):
    mat = ProductFactory(stock=2)
    StockLevel.objects.filter(pk=mat.pk).update(reorder_at=2)
    PurchaseOrderFactory(
        expected_on=timezone.localdate() - timedelta(days=1),
        lines=[(SupplierOfferFactory(), 1)],
    )
    PurchaseOrderFactory(lines=[(SupplierOfferFactory(), 1)])
    order = buy(ProductFactory())
    write_review(
        product_id=order.cart.items.get().product_id,
        member_id=order.member_id,
        rating=5,
        text="",
        now=now,
    )
    unit, today = RentalUnitFactory(), timezone.localdate()
    rental = rent(
        wish=Wish(unit.kind_id, unit.branch_id, order.member_id, today, today), now=now
    )
    Rental.objects.filter(pk=rental.pk).update(
        status="out",
        starts_on=today - timedelta(days=3),
        ends_on=today - timedelta(days=2),
    )
    money = {
        "member_id": order.member_id,
        "amount_minor": 100,
        "currency": "GBP",
        "now": now,
    }
    # what a card is being asked for is not the desk's to take
    for way in ("desk", "card"):
        begin(
            purpose="rental", thing=way, branch_id=unit.branch_id, gateway=way, **money
        )
    tiles = {tile.label: tile for tile in client.get("/admin/").context["tiles"]}
    for label in (
        "Payments to take",
        "Orders to pack",
        "Rentals overdue",
        "Low stock",
        "Late deliveries",
        "Reviews to read",
    ):
        assert tiles[label].count == 1, label
        assert len(client.get(tiles[label].url).context["cl"].result_list) == 1, label
