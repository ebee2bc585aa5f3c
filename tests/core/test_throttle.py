"""How many tries are allowed in how long, to the instant."""

from datetime import UTC, datetime, timedelta

import pytest

from gymsite.core import throttle
from gymsite.core.errors import TooMany
from gymsite.core.models import Throttle

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)


def hit(key="ada", *, now=NOW, allowed=2):
    throttle.hit(key, allowed=allowed, window=WINDOW, now=now)


def refused(**values):
    with pytest.raises(TooMany) as caught:
        hit(**values)
    return caught.value


def test_as_many_as_are_allowed_and_none_more():
    hit()
    hit()
    refused()
    refused()


def test_one_key_counts_for_itself():
    hit("ada", allowed=1)
    hit("ben", allowed=1)
    refused(key="ada", allowed=1)


def test_the_window_begins_with_the_first_try_and_its_last_instant_counts():
    hit()
    hit(now=NOW + timedelta(minutes=10))
    refused(now=NOW + WINDOW - INSTANT)
    hit(now=NOW + WINDOW)
    hit(now=NOW + WINDOW)
    refused(now=NOW + WINDOW)


def test_a_new_window_lasts_as_long_as_the_first():
    hit()
    hit(now=NOW + WINDOW)
    hit(now=NOW + WINDOW)
    refused(now=NOW + 2 * WINDOW - INSTANT)
    hit(now=NOW + 2 * WINDOW)


@pytest.mark.parametrize(
    ("passed", "seconds", "words"),
    [
        (timedelta(), 901, "16 minutes."),
        (timedelta(minutes=13, seconds=1), 120, "2 minutes."),
        (timedelta(minutes=14, seconds=1), 60, "1 minute."),
        (WINDOW - INSTANT, 1, "1 minute."),
    ],
)
def test_who_is_refused_hears_how_long_to_wait_in_whole_seconds_begun(
    passed, seconds, words
):
    hit(allowed=1)
    refusal = refused(allowed=1, now=NOW + passed)
    assert refusal.values["retry_after"] == seconds
    assert refusal.remedy.endswith(words)


def test_after_a_success_the_tries_before_it_count_no_more():
    for key in ("ada", "ben"):
        hit(key)
        hit(key)
    throttle.forget("ada")
    hit("ada")
    hit("ada")
    refused(key="ada")
    refused(key="ben")


def test_a_key_may_be_as_long_as_somebody_types():
    typed = "x" * 500
    hit(typed, allowed=1)
    assert len(Throttle.objects.get().key) == 120
    refused(key=typed, allowed=1)
    throttle.forget(typed)
    hit(typed, allowed=1)


def test_asking_counts_nothing_and_refuses_what_one_more_try_would_be():
    def ask(now=NOW):
        throttle.check("ada", allowed=2, window=WINDOW, now=now)

    hit("ben")
    hit("ben")
    for _ in range(3):
        ask()
    hit()
    ask()
    hit()
    with pytest.raises(TooMany) as caught:
        ask(NOW + WINDOW - INSTANT)
    assert caught.value.values["retry_after"] == 1
    ask(NOW + WINDOW)


def test_a_long_key_is_asked_as_it_was_counted():
    typed = "x" * 500
    hit(typed)
    with pytest.raises(TooMany):
        throttle.check(typed, allowed=1, window=WINDOW, now=NOW)
