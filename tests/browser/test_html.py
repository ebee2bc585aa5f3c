"""Every page as the W3C's checker reads it: no error, on any page of any visitor."""

import pytest
from django.test import Client

from gymsite.core.models import Role
from tests import w3c
from tests.admin_pages import addresses
from tests.admin_rows import a_bit_of_everything
from tests.browser.pages import pages
from tests.factories import UserFactory


def drawn(user, paths):
    client = Client()
    if user:
        client.force_login(
            user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    return {
        f"{path} ({user})": client.get(path, follow=True).content.decode()
        for path in paths
    }


def test_every_page_is_valid_html(gym, tmp_path):
    looked_at = {}
    for user, paths in pages(gym):
        looked_at |= drawn(user, paths)
    found = w3c.faults(looked_at, tmp_path)
    assert not found, f"{len(found)}:\n" + "\n".join(found)


def test_the_checker_finds_something(tmp_path):
    bad = (
        "<!doctype html><html lang=en><title>x</title><p><time>9<small>5</small></time>"
    )
    (first, *_) = w3c.faults({"bad": bad}, tmp_path)
    assert first.startswith("bad: Element “small” not allowed")


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.OWNER])
def test_every_page_of_the_admin_is_valid_html(transactional_db, tmp_path, role):
    staff = UserFactory(role=role)
    a_bit_of_everything(staff)
    found = w3c.faults(drawn(staff, addresses(staff)), tmp_path)
    assert not found, f"{len(found)}:\n" + "\n".join(found)
