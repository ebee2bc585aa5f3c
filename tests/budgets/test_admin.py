"""Queries of the staff's pages: the same at ten and at twenty rows. Session, user and
the branch's clock are three."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin_rows import a_bit_of_everything
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
# session, user, clock, rows, branches for the filter; a search adds: exact match, what
# is found
LIST, SEARCH = 5, 8
# session, user, clock, branches, 16 tiles, 2 charts
INDEX, INDEX_KEPT = 22, 20


def queries(client, page):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def lists():
    for model, model_admin in admin.site._registry.items():
        yield (
            f"/admin/{model._meta.app_label}/{model._meta.model_name}/",
            bool(model_admin.search_fields),
        )


def test_lists_ask_the_same_at_ten_and_at_twenty_rows(client, owner):
    for _ in range(10):
        a_bit_of_everything(owner)
    few = {page: queries(client, page) for page, _ in lists()}
    for _ in range(10):
        a_bit_of_everything(owner)
    assert {page: queries(client, page) for page, _ in lists()} == few
    assert {page: count for page, count in few.items() if count > LIST} == {}


def test_searches_ask_the_same_at_ten_and_at_twenty_rows(client, owner):
    for _ in range(10):
        a_bit_of_everything(owner)
    few = {
        page: queries(client, page + "?q=Ada") for page, searched in lists() if searched
    }
    for _ in range(10):
        a_bit_of_everything(owner)
    assert {
        page: queries(client, page + "?q=Ada") for page, searched in lists() if searched
    } == few
    assert {page: count for page, count in few.items() if count > SEARCH} == {}


def test_the_start_page_draws_its_charts_once_in_five_minutes(client, owner):
    a_bit_of_everything(owner)
    assert queries(client, "/admin/") == INDEX
    assert queries(client, "/admin/") == INDEX_KEPT


def test_a_page_of_a_list_costs_what_the_first_did(client, owner):
    for _ in range(120):
        UserFactory()
    page = client.get("/admin/core/user/")
    first, seen = queries(client, "/admin/core/user/"), []
    while True:
        seen += [row.pk for row in page.context["cl"].result_list]
        following = page.context["cl"].next_page
        if not following:
            break
        assert queries(client, f"/admin/core/user/{following}") == first
        page = client.get(f"/admin/core/user/{following}")
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 121
    back = client.get(f"/admin/core/user/{page.context['cl'].previous_page}")
    assert [row.pk for row in back.context["cl"].result_list] == seen[-71:-21]
