"""A connection that the server ended is replaced before the next request.

The server is not asked each time.
"""

import psycopg
import pytest
from django.db import connection


def request_starts() -> None:
    """Do what Django does with a kept connection before each request."""
    connection.health_check_done = False
    connection.close_if_unusable_or_obsolete()


@pytest.mark.django_db(transaction=True)
def test_an_ended_session_is_noticed_before_the_next_request():
    connection.ensure_connection()
    assert connection.connection is not None
    pid = connection.connection.info.backend_pid
    with psycopg.connect(connection.connection.info.dsn) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    request_starts()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid


@pytest.mark.django_db
def test_a_good_session_is_kept_and_not_asked(django_assert_num_queries):
    connection.ensure_connection()
    before = connection.connection
    with django_assert_num_queries(0):
        assert connection.is_usable()
    assert connection.connection is before
