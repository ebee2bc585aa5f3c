"""What a load balancer is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection


def test_alive_without_a_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_ready_with_a_database(client):
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_not_ready_when_the_database_is_gone(client):
    place = connection.settings_dict
    # a thread makes a connection of its own, to nowhere
    with ThreadPoolExecutor(1) as thread:
        place["HOST"], host = "/nowhere", place["HOST"]
        try:
            answer = thread.submit(client.get, "/readyz").result()
        finally:
            place["HOST"] = host
    assert (answer.status_code, answer.content) == (
        503,
        b"the database does not answer\n",
    )
