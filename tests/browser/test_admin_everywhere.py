"""Axe on every page of the admin that a role may open: one row of each model, every
list, form, history and action."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from gymsite.core.models import Role
from tests.admin_pages import addresses
from tests.admin_rows import a_bit_of_everything
from tests.browser.test_every_page import AXE, violations
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.OWNER])
def test_axe_finds_nothing_on_any_page_of_the_admin(visitor, role):
    staff = UserFactory(role=role)
    a_bit_of_everything(staff)
    axe, one, found = Axe(), visitor(staff), []
    one.context.set_default_timeout(60_000)
    page = one.context.new_page()
    for path in addresses(staff):
        page.goto(one.base + path)
        one.complaints.clear()  # axe's own styles, which the policy refuses
        found += violations(axe, page, role, AXE)
    one.complaints.clear()
    assert not found, f"{len(found)}:\n" + "\n".join(found)
