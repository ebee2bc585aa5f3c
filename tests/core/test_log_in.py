"""API log-ins: tokens by rotation, a replay ends the session, too many tries wait."""

from contextlib import suppress
from datetime import timedelta

import pytest

from gymsite.core.errors import BadCredentials, BadToken, TooMany
from gymsite.core.models import ApiSession, Event, Notification
from gymsite.core.operations import sessions
from gymsite.core.operations.log_in_limits import OF_NETWORK, OF_ORIGIN, Origin
from gymsite.core.operations.users import deactivate_user
from gymsite.core.queries.sessions import by_access_token
from gymsite.core.throttle import count
from gymsite.notifications.outbox import drain
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="Ada", email="ada@example.com")


def log_in(now, name="Ada", password=PASSWORD):
    return sessions.log_in(name=name, password=password, now=now)


def whose(token, now):
    session = by_access_token(token, now=now)
    return session and session.user.username


@pytest.mark.parametrize(
    "name", ["Ada", "ada", "ADA", "ada@example.com", "Ada@Example.COM"]
)
def test_either_name_logs_in_whatever_its_case(ada, now, name):
    pair = log_in(now, name)
    assert (pair.user_id, pair.expires_in, whose(pair.access_token, now)) == (
        ada.pk,
        900,
        "Ada",
    )


@pytest.mark.parametrize(
    ("name", "password"),
    [("Ada", "wrong"), ("Eve", PASSWORD), ("A\0da", PASSWORD), ("Ada", "\0")],
)
def test_a_wrong_pair_is_refused_and_leaves_nothing(ada, now, name, password):
    with pytest.raises(BadCredentials):
        log_in(now, name, password)
    assert not ApiSession.objects.exists()


def test_a_closed_account_does_not_log_in(ada, now):
    deactivate_user(user_id=ada.pk, actor_id=None, reason="", now=now)
    with pytest.raises(BadCredentials):
        log_in(now)


HERE, THERE = "198.51.100.7", "203.0.113.9"


def guess(now, name="Ada", address=HERE, times=1):
    for _ in range(times):
        with pytest.raises(BadCredentials):
            sessions.log_in(name=name, password="guess", address=address, now=now)


def right(now, name="Ada", address=HERE):
    return sessions.log_in(name=name, password=PASSWORD, address=address, now=now)


def test_after_ten_wrong_tries_the_right_password_waits_there_too(ada, now):
    guess(now, times=OF_ORIGIN.allowed)
    with pytest.raises(TooMany) as refusal:
        right(now + timedelta(minutes=1))
    assert refusal.value.values["retry_after"] == 241
    assert "5 minutes" in refusal.value.remedy
    assert right(now + OF_ORIGIN.window).user_id == ada.pk


def test_tries_are_counted_for_the_account_whatever_it_is_called(ada, now):
    for name in ("ada", "ADA", "ada@example.com", "Ada@Example.com", "Ada") * 2:
        guess(now, name)
    for name in ("Ada", "ada@example.com"):
        with pytest.raises(TooMany):
            right(now, name)


def test_a_strangers_wrong_tries_do_not_lock_the_owner_out(ada, now):
    guess(now, address=THERE, times=OF_ORIGIN.allowed)
    assert right(now).user_id == ada.pk


def test_wrong_names_behind_one_address_do_not_shut_the_others_out(ada, now):
    for n in range(60):
        guess(now, f"typo{n}")
    assert right(now).user_id == ada.pk


def test_spraying_many_accounts_from_one_network_is_slowed(now):
    for n in range(OF_NETWORK.allowed):
        count(
            f"login-from:{HERE}", window=OF_NETWORK.window, now=now
        ) if n % 50 else guess(now, f"person{n}")
    with pytest.raises(TooMany):
        guess(now, "another")


def test_a_name_that_is_nobodys_waits_as_one_that_is(now):
    guess(now, "nobody", times=OF_ORIGIN.allowed)
    with pytest.raises(TooMany):
        right(now, "nobody")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (HERE, HERE),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_home_is_one_network(address, network):
    assert Origin(address).network == network


def test_a_refresh_token_gives_one_new_pair_and_ends_the_old_one(ada, now):
    first = log_in(now)
    second = sessions.refresh(refresh_token=first.refresh_token, now=now)
    assert (whose(first.access_token, now), whose(second.access_token, now)) == (
        None,
        "Ada",
    )
    assert second.user_id == ada.pk
    assert ApiSession.objects.count() == 1


def test_a_replayed_refresh_token_ends_the_session(ada, now):
    first = log_in(now)
    second = sessions.refresh(refresh_token=first.refresh_token, now=now)
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=first.refresh_token, now=now)
    assert whose(second.access_token, now) is None
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=second.refresh_token, now=now)


def test_the_person_is_told_of_a_replay_once(ada, now):
    first = sessions.log_in(name="Ada", password=PASSWORD, client="Planner 2", now=now)
    for _ in range(3):
        with suppress(BadToken):
            sessions.refresh(refresh_token=first.refresh_token, now=now)
    drain(now=now)
    (told,) = Notification.objects.filter(user=ada)
    assert told.title == "We ended a log-in of yours"
    assert "(Planner 2)" in told.body


def test_nobody_is_told_of_a_token_that_came_late(ada, now):
    first = log_in(now)
    late = now + sessions.SESSION_LASTS
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=first.refresh_token, now=late)
    assert not Event.objects.filter(kind="token_replayed").exists()


def test_a_token_of_two_generations_ago_ends_the_session_too(ada, now):
    first = log_in(now)
    second = sessions.refresh(refresh_token=first.refresh_token, now=now)
    third = sessions.refresh(refresh_token=second.refresh_token, now=now)
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=first.refresh_token, now=now)
    assert whose(third.access_token, now) is None


def test_a_guess_ends_nobodys_session(ada, now):
    pair = log_in(now)
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=pair.refresh_token[:20], now=now)
    assert whose(pair.access_token, now) == "Ada"


@pytest.mark.parametrize("token", ["", "nonsense", "\0", "é" * 5000])
def test_an_unknown_token_is_refused(ada, now, token):
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=token, now=now)
    assert whose(token, now) is None


def test_tokens_end(ada, now):
    pair = log_in(now)
    assert (
        whose(pair.access_token, now + sessions.ACCESS_LASTS - timedelta(seconds=1))
        == "Ada"
    )
    assert whose(pair.access_token, now + sessions.ACCESS_LASTS) is None
    with pytest.raises(BadToken):
        sessions.refresh(
            refresh_token=pair.refresh_token, now=now + sessions.SESSION_LASTS
        )


def test_closing_the_account_ends_every_session(ada, now):
    pairs = [log_in(now), log_in(now)]
    deactivate_user(user_id=ada.pk, actor_id=None, reason="", now=now)
    assert [whose(pair.access_token, now) for pair in pairs] == [None, None]
    with pytest.raises(BadToken):
        sessions.refresh(refresh_token=pairs[0].refresh_token, now=now)


def test_logging_out_ends_one(ada, now):
    first, second = log_in(now), log_in(now)
    sessions.log_out(session_id=by_access_token(first.access_token, now=now).pk)
    assert (whose(first.access_token, now), whose(second.access_token, now)) == (
        None,
        "Ada",
    )


def test_only_hashes_are_stored(ada, now):
    pair = log_in(now)
    row = ApiSession.objects.values_list("access_hash", "refresh_hash").get()
    stored = b"".join(bytes(part) for part in row)
    assert len(stored) == 64
    assert pair.access_token.encode() not in stored
