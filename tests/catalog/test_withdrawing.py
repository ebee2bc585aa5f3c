"""Taking a product off the shelf, and selling it again."""

import pytest
from django.db import transaction
from django.test import Client

from catalog.errors import NotDelivered, ProductNotFound
from catalog.models import Category, Product
from catalog.operations.products import set_status
from gymsite.core.errors import refusals
from gymsite.core.models import Event
from gymsite.payments.queries.payment_choices import ways
from tests.factories import CategoryFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_second_time_changes_nothing_and_each_change_is_recorded(now):
    product, staff = ProductFactory(), UserFactory(role="manager")
    for status in ("withdrawn", "withdrawn", "on_sale"):
        set_status(
            product_id=product.pk,
            status=Product.Status(status),
            reason="x" * 201,
            actor_id=staff.pk,
            now=now,
        )
        product.refresh_from_db()
        assert product.status == status
    events = Event.objects.filter(subject="product", subject_id=product.pk).order_by(
        "id"
    )
    assert list(events.values_list("kind", "actor_id", "at")) == [
        ("product_withdrawn", staff.pk, now),
        ("product_on_sale", staff.pk, now),
    ]
    assert {event.data["reason"] for event in events} == {"x" * 200}


def test_what_is_not_there_is_not_withdrawn(now):
    with pytest.raises(ProductNotFound):
        set_status(
            product_id=0,
            status=Product.Status.WITHDRAWN,
            reason="",
            actor_id=1,
            now=now,
        )


def test_a_pass_is_not_sold_before_something_honours_it(now):
    kept_back = ProductFactory(
        status="withdrawn", category=CategoryFactory(slug="passes", kind="passes")
    )
    on_sale, owner = ProductFactory(), UserFactory(role="owner")
    status = Product.Status.ON_SALE
    with pytest.raises(NotDelivered), transaction.atomic():
        set_status(
            product_id=kept_back.pk,
            status=status,
            reason="",
            actor_id=owner.pk,
            now=now,
        )
    with pytest.raises(NotDelivered), transaction.atomic(), refusals():
        ProductFactory(category=kept_back.category)
    with pytest.raises(NotDelivered), transaction.atomic(), refusals():
        Category.objects.filter(pk=on_sale.category_id).update(kind="passes")
    html = Client().get("/shop/").content.decode()
    assert on_sale.name in html
    assert kept_back.name not in html and "/shop/passes/" not in html


def test_the_declined_card_is_for_the_demo_and_tests(settings):
    assert "card-declined" in ways()
    settings.DECLINED_CARD = False
    assert list(ways()) == ["card"]
