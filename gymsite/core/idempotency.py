"""``Idempotency-Key`` on a POST: a repeat gets the first answer instead of doing it again.

The key is claimed in one statement before anything is done. An operation then runs in the very transaction that keeps
its answer, so there is never the one without the other: after a crash neither is there and, once the claim has run out,
a repeat does it anew. Log-ins are the exception (``sealed_answers``): what they write on a refusal (tries counted, a
replayed session ended) must stay, and their answer holds tokens, so it is encrypted under what the client sent.

Docs: docs/api.md, "Repeating safely".
"""

import base64
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .errors import DomainError, Invalid
from .http import problem_response
from .models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
CLAIM_LASTS = timedelta(seconds=60)
USABLE = re.compile(r"[\x21-\x7e]{1,200}")
# Answers that say nothing of the request itself: asked again, the same request may well succeed.
NOT_KEPT = frozenset({401, 429})

# The row is taken when the key is new, a day old, or was claimed by a request that never came back. Otherwise the
# first arm returns nothing and the second reads what is there.
CLAIM = """
WITH taken AS (
    INSERT INTO core_idempotencykey AS k (owner, key, fingerprint, created_at, content_type)
    VALUES (%(owner)s, %(key)s, %(fingerprint)s, %(now)s, '')
    ON CONFLICT (owner, key) DO UPDATE
        SET fingerprint = EXCLUDED.fingerprint, created_at = EXCLUDED.created_at, status = NULL, body = NULL
        WHERE k.created_at < %(expired)s
           OR (k.status IS NULL AND k.created_at < %(abandoned)s AND k.fingerprint = EXCLUDED.fingerprint)
    RETURNING id
)
SELECT id, true, NULL, NULL, NULL, NULL FROM taken
UNION ALL
SELECT id, false, fingerprint, status, content_type, body FROM core_idempotencykey
WHERE owner = %(owner)s AND key = %(key)s AND NOT EXISTS (SELECT FROM taken)
"""


class InFlight(DomainError):
    """The first request with this key is still being answered."""

    code = "idempotency_in_flight"


class Mismatch(DomainError):
    """This key was used for another request."""

    code = "idempotency_mismatch"
    status = 422


@dataclass(frozen=True, slots=True)
class _Claim:
    """A request's hold on its key; ``at`` tells it from a later request that took the key over."""

    id: int
    at: datetime
    seal: Fernet | None

    def rows(self) -> Any:
        return IdempotencyKey.objects.filter(pk=self.id, created_at=self.at, status=None)

    def keep(self, response: HttpResponse) -> bool:
        """Keep the answer; False when another request holds the key by now."""
        body = self.seal.encrypt(response.content) if self.seal else response.content
        kept = self.rows().update(status=response.status_code, content_type=response["Content-Type"], body=body)
        return bool(kept)

    def release(self) -> None:
        self.rows().delete()


View = Callable[..., HttpResponse]
Act = Callable[[], HttpResponse]
Way = Callable[[_Claim, Act], HttpResponse]


def idempotent(view: View) -> View:
    """Wrap an API view whose writes may share the transaction of its answer; the view returns an HttpResponse."""
    return _decorated(view, _in_one_transaction, sealed=False)


def idempotent_network(view: View) -> View:
    """Wrap an API view that talks to a network between transactions of its own.

    A crash just before its answer is kept lets a repeat do it anew, so the operation must know what it did before.
    """
    return _decorated(view, _acted_and_kept, sealed=False)


def sealed_answers(view: View) -> View:
    """Like ``idempotent`` for log-ins: refusals keep what they wrote, answers are kept encrypted."""
    return _decorated(view, _acted_and_kept, sealed=True)


def _decorated(view: View, how: Way, *, sealed: bool) -> View:
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if HEADER not in request.headers:
            return view(request, *args, **kwargs)
        return _once(request, lambda: view(request, *args, **kwargs), how, sealed=sealed)

    return wrapped


def _once(request: HttpRequest, act: Act, how: Way, *, sealed: bool) -> HttpResponse:
    claim = _claim(request, now=timezone.now(), sealed=sealed)
    if isinstance(claim, HttpResponse):
        return claim
    try:
        response = how(claim, act)
    except Exception:
        claim.release()
        raise
    if response.status_code in NOT_KEPT:
        claim.release()
    return response


def _in_one_transaction(claim: _Claim, act: Act) -> HttpResponse:
    with transaction.atomic():
        try:
            with transaction.atomic():  # a refusal undoes what the operation wrote, not the keeping of the answer
                response = act()
        except DomainError as error:
            response = problem_response(error)
        if response.status_code not in NOT_KEPT and not claim.keep(response):
            raise InFlight(remedy="Ask again with the same key in a moment.")  # and what was done is undone
    return response


def _acted_and_kept(claim: _Claim, act: Act) -> HttpResponse:
    try:
        response = act()
    except DomainError as error:
        response = problem_response(error)
    if response.status_code not in NOT_KEPT:
        claim.keep(response)
    return response


def _claim(request: HttpRequest, *, now: datetime, sealed: bool) -> _Claim | HttpResponse:
    """This request's claim on its key, or the answer that the key has already. Raises Invalid, InFlight, Mismatch."""
    key = request.headers[HEADER]
    if not USABLE.fullmatch(key):
        raise Invalid({HEADER: ["A key is 1 to 200 visible ASCII characters, such as a random UUID."]})
    # keyed, since the body may hold a password that a plain digest would let a thief of the table guess
    fingerprint = _secret_of(request, "fingerprint")
    seal = Fernet(base64.urlsafe_b64encode(_secret_of(request, "seal"))) if sealed else None
    owner = getattr(getattr(request, "auth", None), "pk", 0)
    row = _claim_row(owner, key, fingerprint, now)
    if row is None:
        raise InFlight(remedy="Ask again in a moment.")  # its first request let the key go just now
    pk, is_ours, before, status, content_type, body = row
    if is_ours:
        return _Claim(pk, now, seal)
    if bytes(before) != fingerprint:
        raise Mismatch(remedy="Make a new key for each request that is not a repeat.")
    if status is None:
        raise InFlight(remedy="Ask again with the same key in a moment.")
    return _replay(status, content_type, bytes(body), seal)


def _claim_row(owner: int, key: str, fingerprint: bytes, now: datetime) -> tuple[Any, ...] | None:
    values: dict[str, Any] = {"owner": owner, "key": key, "fingerprint": fingerprint, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values | {"expired": now - KEPT, "abandoned": now - CLAIM_LASTS})
        return cursor.fetchone()


def _secret_of(request: HttpRequest, purpose: str) -> bytes:
    request_line = f"{request.method} {request.get_full_path()}\n".encode()
    return salted_hmac(f"gymsite.idempotency.{purpose}", request_line + request.body, algorithm="sha256").digest()


def _replay(status: int, content_type: str, body: bytes, seal: Fernet | None) -> HttpResponse:
    if seal:
        try:
            body = seal.decrypt(body)
        except InvalidToken as exception:
            raise Mismatch(remedy="Make a new key.") from exception
    response = HttpResponse(body, status=status, content_type=content_type)
    response["Idempotency-Replayed"] = "true"
    return response
