"""The stock ledger moves the level, and nothing else does."""

import pytest
from django.utils import timezone

from catalog.models import StockEntry
from tests.constraints import refused_by
from tests.factories import BranchFactory, ProductFactory

pytestmark = pytest.mark.django_db


def test_an_entry_moves_the_level_and_says_what_is_left():
    product = ProductFactory(stock=5)
    entry = StockEntry.objects.create(
        branch=BranchFactory(), product=product, kind="stock_take", quantity=-2, at=timezone.now()
    )
    entry.refresh_from_db()
    product.stock.refresh_from_db()
    assert (entry.balance, product.stock.on_hand) == (3, 3)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (
            "UPDATE catalog_stocklevel SET on_hand = 9 WHERE product_id = %(id)s",
            "catalog_stocklevel_follows_its_ledger",
        ),
        ("UPDATE catalog_stockentry SET quantity = 9 WHERE product_id = %(id)s", "catalog_stockentry_append_only"),
        ("DELETE FROM catalog_stockentry WHERE product_id = %(id)s", "catalog_stockentry_append_only"),
        ("TRUNCATE catalog_stockentry", "catalog_stockentry_never_truncated"),
        (
            "INSERT INTO catalog_stockentry (branch_id, product_id, kind, quantity, balance, reason, at)"
            " SELECT branch_id, product_id, 'stock_take', -6, 0, '', at FROM catalog_stockentry"
            " WHERE product_id = %(id)s",
            "catalog_stocklevel_not_below_zero",
        ),
    ],
)
def test_the_database_refuses(statement, name):
    assert refused_by(statement, id=ProductFactory(stock=5).pk) == name
