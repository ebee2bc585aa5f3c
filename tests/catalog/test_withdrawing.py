"""Taking a product off the shelf, and selling it again."""

import pytest

from catalog.errors import ProductNotFound
from catalog.models import Product
from catalog.operations.products import set_status
from gymsite.core.models import Event
from tests.factories import ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_second_time_changes_nothing_and_each_change_is_recorded(now):
    product, staff = ProductFactory(), UserFactory(role="manager")
    for status in ("withdrawn", "withdrawn", "on_sale"):
        set_status(product_id=product.pk, status=Product.Status(status), reason="x" * 201, actor_id=staff.pk, now=now)
        product.refresh_from_db()
        assert product.status == status
    events = Event.objects.filter(subject="product", subject_id=product.pk).order_by("id")
    assert list(events.values_list("kind", "actor_id", "at")) == [
        ("product_withdrawn", staff.pk, now),
        ("product_on_sale", staff.pk, now),
    ]
    assert {event.data["reason"] for event in events} == {"x" * 200}


def test_what_is_not_there_is_not_withdrawn(now):
    with pytest.raises(ProductNotFound):
        set_status(product_id=0, status=Product.Status.WITHDRAWN, reason="", actor_id=1, now=now)
