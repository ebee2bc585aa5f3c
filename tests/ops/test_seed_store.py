"""The store that the seed makes: exact counts, and what a shopkeeper would ask."""

from datetime import date

import numpy as np
import pytest
from django.db import connection

from catalog.models.stock import FEW
from gymsite.core import references
from gymsite.ops.seed import accounts, run
from gymsite.ops.seed.tables import incoming, stock
from gymsite.ops.seed.tables.shop import Prices
from tests.ops.databases import migrated

DAY = date(2026, 11, 20)
SMALL = 0.02


@pytest.fixture(scope="module")
def report(django_db_setup, django_db_blocker):
    """The report of a store at 0.02; its database is Django's for the module."""
    with django_db_blocker.unblock(), migrated("store"):
        yield run.seed(
            run.Request(SMALL, seed=1, day=DAY, profile="store"), lambda job, rows: None
        )


def rows(query: str, *values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def value(query: str, *values):
    return rows(query, *values)[0][0]


seeded = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("report"),
    pytest.mark.xdist_group("seed"),
]


class TestCounts:
    pytestmark = seeded

    @pytest.mark.parametrize(
        ("table", "count"),
        [
            ("core_user", 4_000),
            ("catalog_cart", 4_000),
            ("catalog_cartitem", 4_260),
            ("catalog_review", 760),
            ("catalog_order", 4_000),
            ("catalog_stockentry", 4_260),
            ("payments_ledgerentry", 4_000),
            ("catalog_product", 138),
            ("catalog_supplieroffer", 300),
            ("catalog_stockhold", 0),
            ("bookings_booking", 0),
        ],
    )
    def test_are_exact(self, table, count):
        assert value(f"SELECT count(*) FROM {table}") == count

    def test_every_line_of_what_is_counted_left_the_store(self):
        counted, untracked = rows(
            "SELECT count(*) FILTER (WHERE tracks_stock), count(*) FILTER (WHERE NOT "
            "tracks_stock) FROM catalog_cartitem i JOIN catalog_product p ON p.id = "
            "i.product_id"
        )[0]
        kinds = dict(
            rows("SELECT kind, count(*) FROM catalog_stockentry GROUP BY kind")
        )
        assert kinds["sale"] == counted
        assert kinds["delivery"] + kinds["stock_take"] == untracked

    def test_everybody_bought_once_but_those_who_gave_the_demo_member_theirs(self):
        orders = dict(
            rows("SELECT member_id, count(*) FROM catalog_order GROUP BY member_id")
        )
        assert orders.pop(accounts.DEMO_MEMBER.id) == 4
        assert set(orders.values()) == {1}
        assert {1, 2, 3} & set(orders) == set()


class TestBelievable:
    pytestmark = seeded

    def test_a_few_products_sell_most(self):
        sold = sorted(
            count
            for (count,) in rows(
                "SELECT count(*) FROM catalog_cartitem GROUP BY product_id"
            )
        )
        assert sum(sold[-len(sold) // 5 :]) > 0.45 * sum(sold)

    def test_the_shop_grows_and_december_is_strong(self):
        months = dict(
            rows(
                "SELECT to_char(placed_at, 'YYYY-MM'), count(*) FROM catalog_order "
                "GROUP BY 1"
            )
        )
        assert months["2026-10"] > 1.5 * months["2025-10"]
        assert months["2025-12"] > 1.2 * months["2025-10"]

    def test_old_orders_are_collected_and_new_ones_wait(self):
        newest = dict(
            rows(
                "SELECT status, min(placed_at)::date FROM catalog_order GROUP BY status"
            )
        )
        assert newest["collected"] < date(2024, 12, 31)
        assert newest["paid"] > date(2026, 11, 16)
        assert newest["ready"] > date(2026, 10, 25)

    def test_orders_are_packed_and_collected_while_the_branch_is_open(self):
        for moment in ("ready_at", "collected_at"):
            assert (
                value(
                    "SELECT count(*) FROM catalog_order o JOIN core_branch b ON b.id = "
                    f"o.branch_id CROSS JOIN LATERAL (SELECT {moment} AT TIME ZONE "
                    "b.time_zone AS wall) clock JOIN core_branchhours h ON h.branch_id "
                    "= b.id AND h.weekday = extract(isodow FROM wall) - 1 WHERE "
                    "wall::time NOT BETWEEN h.opens AND h.closes"
                )
                == 0
            )

    def test_nobody_ordered_before_they_joined(self):
        assert (
            value(
                "SELECT count(*) FROM catalog_order o JOIN core_user u ON u.id = "
                "o.member_id WHERE o.placed_at < u.date_joined"
            )
            == 0
        )

    def test_prices_change_and_fall_for_a_week_in_november(self):
        assert value("SELECT count(*) FROM catalog_pricechange") > 2.5 * 138
        falls = rows(
            "SELECT at::date FROM (SELECT at, price_minor, lag(price_minor) OVER "
            "(PARTITION BY product_id ORDER BY at) AS before FROM catalog_pricechange) "
            "changes WHERE price_minor < before"
        )
        assert {day for (day,) in falls} == {date(2024, 11, 24), date(2025, 11, 24)}

    def test_references_can_be_checked(self):
        for table in ("catalog_order", "catalog_purchaseorder", "catalog_rental"):
            found = [
                reference
                for (reference,) in rows(f"SELECT reference FROM {table} LIMIT 50")
            ]
            assert all(references.read(reference) == reference for reference in found)

    def test_a_payment_by_card_has_a_reference_of_its_own(self):
        assert rows(
            "SELECT gateway, status, count(*) FROM payments_payment WHERE gateway = "
            "'card' GROUP BY 1, 2"
        ) == [("card", "paid", 4_000)]


class TestReviews:
    pytestmark = seeded

    def test_most_are_published_and_some_wait(self):
        states = dict(
            rows("SELECT status, count(*) FROM catalog_review GROUP BY status")
        )
        assert states["published"] > 0.94 * sum(states.values())
        assert states["pending"] >= 3
        assert states["rejected"] >= 2

    def test_products_are_not_equally_good(self):
        best, worst = rows(
            "SELECT max(rating), min(rating) FROM catalog_product WHERE review_count "
            ">= 8"
        )[0]
        assert best > worst + 1

    def test_texts_are_varied_and_fit_the_stars(self):
        written, different = rows(
            "SELECT count(*), count(DISTINCT text) FROM catalog_review WHERE text <> ''"
        )[0]
        assert different > 0.9 * written
        assert (
            value(
                "SELECT count(*) FROM catalog_review WHERE rating >= 4 AND text LIKE "
                "%s",
                "%Regret%",
            )
            == 0
        )
        assert (
            value(r"SELECT count(*) FROM catalog_review WHERE text ~ '(^ | $|  )'") == 0
        )


class TestPurchases:
    pytestmark = seeded

    def test_stock_was_never_below_zero_and_some_is_short_now(self):
        assert value("SELECT min(balance) FROM catalog_stockentry") == 0
        sold_out, low, plenty = rows(
            "SELECT count(*) FILTER (WHERE on_hand = 0), count(*) FILTER (WHERE "
            "on_hand BETWEEN 1 AND reorder_at), count(*) FILTER (WHERE on_hand > "
            "reorder_at) FROM catalog_stocklevel"
        )[0]
        assert sold_out == incoming.SOLD_OUT
        assert 1 <= low <= 12
        assert plenty > 110

    def test_are_in_every_state_and_a_few_are_late(self):
        states = {
            status: (count, late)
            for status, count, late in rows(
                "SELECT status, count(*), count(*) FILTER (WHERE expected_on < %s) "
                "FROM catalog_purchaseorder GROUP BY status",
                DAY,
            )
        }
        assert set(states) == {"ordered", "part_received", "received", "cancelled"}
        assert 0 < states["ordered"][1] + states["part_received"][1] < 20
        assert states["received"][0] > 0.75 * sum(count for count, _ in states.values())

    def test_come_after_the_suppliers_time(self):
        """As many days after the order as the offers say, some off at most."""
        assert (
            value(
                "SELECT count(*) FROM catalog_purchaseorder o JOIN "
                "catalog_purchaseline l ON l.order_id = o.id JOIN "
                "catalog_supplieroffer f ON f.id = l.offer_id WHERE o.expected_on - "
                "(o.ordered_at AT TIME ZONE (SELECT time_zone FROM core_branch b WHERE "
                "b.id = o.branch_id))::date <> f.lead_days OR f.supplier_id <> "
                "o.supplier_id"
            )
            == 0
        )
        off = [days for (days,) in rows(
            "SELECT min(d.received_at)::date - o.expected_on FROM "
            "catalog_purchaseorder o JOIN catalog_delivery d ON d.order_id = o.id "
            "GROUP BY o.id, o.expected_on"
        )]  # fmt: skip
        assert min(off) >= -2
        assert max(off) <= 3

    def test_some_came_in_two_parts(self):
        parts = [
            count
            for (count,) in rows(
                "SELECT count(*) FROM catalog_delivery GROUP BY order_id"
            )
        ]
        assert set(parts) == {1, 2}


class TestRentals:
    pytestmark = seeded

    def test_are_in_every_state(self):
        assert set(
            dict(rows("SELECT status, count(*) FROM catalog_rental GROUP BY status"))
        ) == {
            "booked",
            "out",
            "returned",
            "cancelled",
        }

    def test_what_costs_a_fee_is_to_be_paid_at_the_desk(self):
        assert set(
            rows(
                "SELECT p.gateway, p.status FROM catalog_rental r JOIN "
                "payments_payment p ON p.id = r.payment_id"
            )
        ) == {("desk", "pending"), ("desk", "failed")}


class TestTheDemoMember:
    pytestmark = seeded

    def test_has_orders_old_and_new_and_a_review(self):
        member = accounts.DEMO_MEMBER.id
        states = [
            status
            for (status,) in rows(
                "SELECT status FROM catalog_order WHERE member_id = %s ORDER BY id",
                member,
            )
        ]
        assert states[:3] == ["collected"] * 3
        assert states[3] in ("paid", "ready")
        assert rows(
            "SELECT rating, status, text <> '' FROM catalog_review WHERE member_id = "
            "%s",
            member,
        ) == [(5, "published", True)]


class TestTheShopLivesOn:
    """Triggers of the new tables work as those of the old ones did."""

    pytestmark = seeded

    def test_a_stock_take_moves_the_level(self):
        product, before = rows(
            "SELECT product_id, on_hand FROM catalog_stocklevel WHERE on_hand > %s "
            "LIMIT 1",
            FEW,
        )[0]
        balance = value(
            "INSERT INTO catalog_stockentry (branch_id, product_id, kind, quantity, "
            "balance, at) VALUES (1, %s, 'stock_take', -2, 0, now()) RETURNING balance",
            product,
        )
        assert (
            balance
            == before - 2
            == value(
                "SELECT on_hand FROM catalog_stocklevel WHERE product_id = %s", product
            )
        )

    def test_a_rejected_review_counts_no_more(self):
        review, product = rows(
            "SELECT id, product_id FROM catalog_review WHERE status = 'published' "
            "LIMIT 1"
        )[0]
        count = "SELECT review_count FROM catalog_product WHERE id = %s"
        before = value(count, product)
        rows(
            "UPDATE catalog_review SET status = 'rejected' WHERE id = %s RETURNING id",
            review,
        )
        assert value(count, product) == before - 1


def test_deliveries_are_always_enough():
    """What went before the next delivery had come by then; the rest is left."""
    random = np.random.default_rng(1)
    for _ in range(200):
        gone = np.r_[0, np.cumsum(random.integers(0, 9, 40))]
        chosen = incoming._spread(gone[:-1], gone[-1], int(random.integers(1, 30)))
        pack, fewest, left = (int(random.integers(1, most)) for most in (13, 4, 20))
        packs = incoming._packs(gone[:-1], gone[-1], chosen, pack, fewest, left)
        through = np.r_[gone[chosen[1:]], gone[-1]]
        assert chosen[0] == 0
        assert (np.diff(chosen) > 0).all()
        assert (packs >= fewest).all()
        assert (np.cumsum(packs) * pack >= through).all()
        assert packs.sum() * pack >= gone[-1] + left


def test_what_is_shared_out_fits():
    room = np.array([0, 1, 5, 100])
    shares = incoming._shared(60, np.array([1.0, 9.0, 9.0, 1.0]), room)
    assert shares.tolist() == [0, 1, 5, 54]


def test_balances_run_by_product():
    product, quantity = np.array([1, 0, 1, 1, 0]), np.array([5, 7, -2, -3, 1])
    assert stock.balances(product, quantity).tolist() == [5, 7, 3, 0, 8]


def test_a_price_is_the_one_of_its_time():
    prices = Prices(
        np.array([0, 0, 1]), np.array([100, 110, 200]), np.array([10, 20, 5])
    )
    assert prices.of(np.array([0, 0, 0, 1]), np.array([10, 19, 20, 99])).tolist() == [
        100,
        100,
        110,
        200,
    ]
