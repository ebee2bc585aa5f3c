"""One request in many is timed and kept, by its route.

The others, and a failing log, cost a visitor nothing.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from gymsite.core import partitions
from gymsite.core.models import RequestSample
from gymsite.core.periods import months_before
from gymsite.web import request_counters, sampling
from gymsite.web.sampling import BATCH, LONGEST, SampleMiddleware
from tests.factories import BranchFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def every(settings, monkeypatch):
    """Choose every request, and write it at once."""
    settings.REQUEST_SAMPLE = 1
    monkeypatch.setattr(sampling, "BATCH", 1)


def middleware(answer=lambda request: HttpResponse()):
    return SampleMiddleware(answer)


def test_a_page_is_kept_by_its_route_with_what_it_asked(client, every):
    BranchFactory()
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/memberships/nothing").status_code == 404
    page, api = RequestSample.objects.order_by("id")
    assert (page.endpoint, page.status) == ("GET /", 200)
    assert page.queries >= 2
    assert 0 < page.database_milliseconds <= page.milliseconds
    assert (api.endpoint, api.status) == ("(no such page)", 404)


def test_an_address_never_shows(client, every):
    client.get("/classes/123456/?q=someone@example.org")
    (sample,) = RequestSample.objects.all()
    assert sample.endpoint == "GET /classes/<int:session_id>/"


def test_what_is_kept_in_the_process_is_counted(every):
    def answer(request):
        request_counters.looked(hits=3, misses=1)
        request.resolver_match = type("Match", (), {"route": "x/"})
        return HttpResponse(status=500)

    middleware(answer)(RequestFactory().get("/x/"))
    (sample,) = RequestSample.objects.all()
    assert (sample.hits, sample.misses, sample.status) == (3, 1, 500)


def test_the_query_that_took_longest_is_kept_where_it_was_slow(every, monkeypatch):
    def answer(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1,\n  %s", ["secret"])
        request.resolver_match = type("Match", (), {"route": "x/"})
        return HttpResponse()

    middleware(answer)(RequestFactory().get("/x/"))
    monkeypatch.setattr(sampling, "SLOW_QUERY", 0.0)
    middleware(answer)(RequestFactory().get("/x/"))
    quick, slow = RequestSample.objects.order_by("id")
    assert (quick.slow_query, slow.slow_query) == ("", "SELECT 1, %s")
    assert 0 < quick.longest_milliseconds <= quick.database_milliseconds


def test_nobody_listens_outside_of_a_sampled_request():
    request_counters.looked(hits=1, misses=1)
    with request_counters.counting() as inside:
        request_counters.looked(hits=1, misses=0)
    request_counters.looked(hits=9, misses=9)
    assert (inside.hits, inside.misses) == (1, 0)


def test_a_static_file_is_no_request_of_a_view(every):
    middleware()(RequestFactory().get("/static/x.css"))
    assert not RequestSample.objects.exists()


def test_none_is_sampled_where_it_is_switched_off(settings):
    settings.REQUEST_SAMPLE = 0
    with pytest.raises(MiddlewareNotUsed):
        middleware()


def test_one_in_so_many_is_chosen(settings, monkeypatch):
    settings.REQUEST_SAMPLE = 4
    chosen = []
    one = middleware()
    monkeypatch.setattr(one, "measured", lambda request: chosen.append(request))
    monkeypatch.setattr(
        sampling.random, "random", iter([0.0, 0.24, 0.25, 0.9]).__next__
    )
    for _ in range(4):
        one(RequestFactory().get("/"))
    assert len(chosen) == 2


class TestBatches:
    NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

    @pytest.fixture
    def one(self, settings):
        settings.REQUEST_SAMPLE = 1
        return middleware()

    def sample(self, at=NOW, status=200):
        counts = {"milliseconds": 1.0, "database_milliseconds": 0.5, "queries": 1}
        return RequestSample(at=at, endpoint="GET /", status=status, **counts)

    def test_some_dozens_are_written_in_one_statement(
        self, one, django_assert_num_queries
    ):
        partitions.ensure("core_requestsample", self.NOW.date(), self.NOW.date())
        with django_assert_num_queries(0):
            for _ in range(BATCH - 1):
                one.add(self.sample(), self.NOW)
        with django_assert_num_queries(1):
            one.add(self.sample(), self.NOW)
        assert RequestSample.objects.count() == BATCH

    def test_a_few_are_written_after_a_while(self, one):
        partitions.ensure("core_requestsample", self.NOW.date(), self.NOW.date())
        one.add(self.sample(), self.NOW)
        one.add(self.sample(), self.NOW + LONGEST)
        assert RequestSample.objects.count() == 2

    def test_a_log_that_can_not_be_written_fails_no_request(self, one, caplog):
        one.add(self.sample(at=self.NOW - LONGEST, status=-1), self.NOW)
        assert "1 sampled requests are lost" in caplog.text


def test_old_months_are_dropped_and_only_these():
    partitions.ensure("core_requestsample", date(2020, 11, 1), date(2021, 2, 1))
    assert partitions.drop_before("core_requestsample", date(2021, 1, 15)) == [
        "core_requestsample_2020_11",
        "core_requestsample_2020_12",
    ]
    assert partitions.drop_before("core_requestsample", date(2021, 1, 15)) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('core_requestsample_2021_01') IS NOT NULL")
        assert cursor.fetchone() == (True,)


@pytest.mark.parametrize(
    ("day", "count", "first"),
    [("2026-11-20", 3, "2026-08-01"), ("2026-01-31", 1, "2025-12-01")],
)
def test_months_before(day, count, first):
    assert months_before(date.fromisoformat(day), count) == date.fromisoformat(first)


def test_a_sample_is_at_its_beginning(client, every):
    before = datetime.now(UTC)
    client.get("/healthz")
    (sample,) = RequestSample.objects.all()
    assert before <= sample.at <= datetime.now(UTC) + timedelta(seconds=1)
