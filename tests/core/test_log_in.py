"""API log-ins: tokens by rotation, a replay ends the session, too many tries wait."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gymsite.core.errors import TooMany
from gymsite.core.models import ApiSession
from gymsite.core.operations import sessions
from gymsite.core.operations.users import deactivate_user
from gymsite.core.queries.sessions import by_access_token
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def ada():
    return UserFactory(username="Ada", email="ada@example.com")


def log_in(now, name="Ada", password=PASSWORD):
    return sessions.log_in(name=name, password=password, now=now)


def whose(token, now):
    session = by_access_token(token, now=now)
    return session and session.user.username


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA", "ada@example.com", "Ada@Example.COM"])
def test_either_name_logs_in_whatever_its_case(ada, now, name):
    pair = log_in(now, name)
    assert (pair.user_id, pair.expires_in, whose(pair.access_token, now)) == (ada.pk, 1800, "Ada")


@pytest.mark.parametrize(
    ("name", "password"), [("Ada", "wrong"), ("Eve", PASSWORD), ("A\0da", PASSWORD), ("Ada", "\0")]
)
def test_a_wrong_pair_is_refused_and_leaves_nothing(ada, now, name, password):
    with pytest.raises(sessions.BadCredentials):
        log_in(now, name, password)
    assert not ApiSession.objects.exists()


def test_a_closed_account_does_not_log_in(ada, now):
    deactivate_user(user_id=ada.pk, actor_id=None, reason="", now=now)
    with pytest.raises(sessions.BadCredentials):
        log_in(now)


def test_the_eleventh_try_in_five_minutes_waits_even_with_the_right_password(ada, now):
    for _ in range(sessions.LOG_INS_ALLOWED):
        with pytest.raises(sessions.BadCredentials):
            log_in(now, "Ada", "guess")
    with pytest.raises(TooMany) as refusal:
        log_in(now + timedelta(minutes=1))
    assert refusal.value.values["retry_after"] == 241
    assert "4 minutes" not in refusal.value.remedy
    assert "5 minutes" in refusal.value.remedy
    assert log_in(now + sessions.LOG_IN_WINDOW).user_id == ada.pk


def test_tries_are_counted_for_each_name_whatever_its_case(ada, now):
    UserFactory(username="Ben")
    for name in ("ada", "ADA") * 5:
        with pytest.raises(sessions.BadCredentials):
            log_in(now, name, "guess")
    with pytest.raises(TooMany):
        log_in(now)
    assert log_in(now, "Ben").access_token


def test_a_refresh_token_gives_one_new_pair_and_ends_the_old_one(ada, now):
    first = log_in(now)
    second = sessions.refresh(refresh_token=first.refresh_token, now=now)
    assert (whose(first.access_token, now), whose(second.access_token, now)) == (None, "Ada")
    assert second.user_id == ada.pk
    assert ApiSession.objects.count() == 1


def test_a_replayed_refresh_token_ends_the_session(ada, now):
    first = log_in(now)
    second = sessions.refresh(refresh_token=first.refresh_token, now=now)
    with pytest.raises(sessions.BadToken):
        sessions.refresh(refresh_token=first.refresh_token, now=now)
    assert whose(second.access_token, now) is None
    with pytest.raises(sessions.BadToken):
        sessions.refresh(refresh_token=second.refresh_token, now=now)


def test_a_token_of_two_generations_ago_ends_the_session_too(ada, now):
    first = log_in(now)
    second = sessions.refresh(refresh_token=first.refresh_token, now=now)
    third = sessions.refresh(refresh_token=second.refresh_token, now=now)
    with pytest.raises(sessions.BadToken):
        sessions.refresh(refresh_token=first.refresh_token, now=now)
    assert whose(third.access_token, now) is None


def test_a_guess_ends_nobodys_session(ada, now):
    pair = log_in(now)
    with pytest.raises(sessions.BadToken):
        sessions.refresh(refresh_token=pair.refresh_token[:20], now=now)
    assert whose(pair.access_token, now) == "Ada"


@pytest.mark.parametrize("token", ["", "nonsense", "\0", "é" * 5000])
def test_an_unknown_token_is_refused(ada, now, token):
    with pytest.raises(sessions.BadToken):
        sessions.refresh(refresh_token=token, now=now)
    assert whose(token, now) is None


def test_tokens_end(ada, now):
    pair = log_in(now)
    assert whose(pair.access_token, now + sessions.ACCESS_LASTS - timedelta(seconds=1)) == "Ada"
    assert whose(pair.access_token, now + sessions.ACCESS_LASTS) is None
    with pytest.raises(sessions.BadToken):
        sessions.refresh(refresh_token=pair.refresh_token, now=now + sessions.SESSION_LASTS)


def test_closing_the_account_ends_every_session(ada, now):
    pairs = [log_in(now), log_in(now)]
    deactivate_user(user_id=ada.pk, actor_id=None, reason="", now=now)
    assert [whose(pair.access_token, now) for pair in pairs] == [None, None]
    with pytest.raises(sessions.BadToken):
        sessions.refresh(refresh_token=pairs[0].refresh_token, now=now)


def test_logging_out_ends_one(ada, now):
    first, second = log_in(now), log_in(now)
    sessions.log_out(session_id=by_access_token(first.access_token, now=now).pk)
    assert (whose(first.access_token, now), whose(second.access_token, now)) == (None, "Ada")


def test_only_hashes_are_stored(ada, now):
    pair = log_in(now)
    row = ApiSession.objects.values_list("access_hash", "refresh_hash").get()
    stored = b"".join(bytes(part) for part in row)
    assert len(stored) == 64
    assert pair.access_token.encode() not in stored
