"""The stock ledger moves the level, and nothing else does."""

import pytest
from django.utils import timezone

from catalog.models import StockEntry
from tests.factories import BranchFactory, ProductFactory

pytestmark = pytest.mark.django_db


def test_an_entry_moves_the_level_and_says_what_is_left():
    product = ProductFactory(stock=5)
    entry = StockEntry.objects.create(
        branch=BranchFactory(),
        product=product,
        kind="stock_take",
        quantity=-2,
        at=timezone.now(),
    )
    entry.refresh_from_db()
    product.stock.refresh_from_db()
    assert (entry.balance, product.stock.on_hand) == (3, 3)
