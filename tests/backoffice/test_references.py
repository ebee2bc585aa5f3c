"""A row with a reference is found by it, however it is typed, and shown with it."""

import pytest

from gymsite.core import references
from tests.factories import AppointmentFactory, PurchaseOrderFactory

pytestmark = pytest.mark.django_db
LISTS = {
    "bookings/appointment": AppointmentFactory,
    "catalog/purchaseorder": PurchaseOrderFactory,
}


@pytest.mark.parametrize("address", LISTS)
def test_it_is_found_by_its_reference(client, owner, address):
    row, other = (LISTS[address](reference=references.new()) for _ in range(2))
    typed = references.shown(row.reference).lower()
    page = client.get(f"/admin/{address}/", {"q": typed}).content.decode()
    assert f"/admin/{address}/{row.pk}/change/" in page
    assert f"/admin/{address}/{other.pk}/change/" not in page
