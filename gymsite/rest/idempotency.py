"""``Idempotency-Key`` on a POST: a repeat gets the first answer.

Nothing is done a second time. The key is claimed in one statement before anything is
done. An operation then runs in the very transaction that keeps its answer, so there is
never the one without the other: after a crash neither is there and, once the claim has
run out, a repeat does it anew. Log-ins and registering are the exception
(``sealed_answers``): what they write on a refusal (tries counted, a replayed session
ended) must stay, and their answer holds tokens, so it is encrypted under what the
client sent.

Docs: docs/api.md, "Repeating safely".
"""

import base64
import functools
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from gymsite.core import rivals
from gymsite.core.errors import DomainError, Invalid
from gymsite.core.models.idempotency import KEPT
from gymsite.postgres.rows import execute, fetch_one
from gymsite.postgres.statements import statements
from gymsite.rest.errors import InFlight, Mismatch
from gymsite.web.http import problem_response

SQL = statements("gymsite.rest", "idempotency")

HEADER = "Idempotency-Key"
# the class of the advisory locks that hold claims; nothing else takes a lock of it
CLAIMS = 7_310_903
USABLE = re.compile(r"[\x21-\x7e]{1,200}")
# Answers that say nothing of the request itself: asked again, the same request may well
# succeed.
NOT_KEPT = frozenset({401, 429})


@dataclass(slots=True)
class _Claim:
    """A request's hold on its key.

    ``at`` tells it from a later request that took the key over.
    """

    id: int
    at: datetime
    seal: Fernet | None
    is_held: bool = True

    def keep(self, response: HttpResponse) -> bool:
        """Keep the answer; return False when another request holds the key by now."""
        body = self.seal.encrypt(response.content) if self.seal else response.content
        return self._changed(
            SQL.keep,
            status=response.status_code,
            content_type=response["Content-Type"],
            body=body,
        )

    def release(self) -> None:
        """Forget the key: the next request with it is the first."""
        self._changed(SQL.release)

    def let_go(self) -> None:
        """Release the lock: another request may take over what is not answered yet."""
        if self.is_held:
            lock = {"claims": CLAIMS, "claim": self.id & 0x7FFFFFFF}
            with suppress(Error):  # a lost connection has let go already
                execute("SELECT pg_advisory_unlock(%(claims)s, %(claim)s)", lock)

    def _changed(self, statement: str, **values: Any) -> bool:
        mine = {"id": self.id, "at": self.at, "claims": CLAIMS}
        found = execute(statement, mine | values) > 0
        self.is_held = self.is_held and not found
        return found


View = Callable[..., HttpResponse]
Act = Callable[[], HttpResponse]
Answer = tuple[HttpResponse, bool]  # the response, and whether it is final
Way = Callable[[_Claim, Act], Answer]


def idempotent(view: View) -> View:
    """Wrap an API view whose writes may share the transaction of its answer.

    The view returns an HttpResponse.
    """
    return _decorated(view, _in_one_transaction, sealed=False)


def idempotent_network(view: View) -> View:
    """Wrap an API view that talks to a network between transactions of its own.

    A crash just before its answer is kept lets a repeat do it anew, so the operation
    must know what it did before.
    """
    return _decorated(view, _acted_and_kept, sealed=False)


def sealed_answers(view: View) -> View:
    """Like ``idempotent`` for what counts tries: refusals keep what they wrote.

    Answers are kept encrypted.
    """
    return _decorated(view, _acted_and_kept, sealed=True)


def _decorated(view: View, how: Way, *, sealed: bool) -> View:
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if HEADER not in request.headers:
            return view(request, *args, **kwargs)
        return _once(
            request, lambda: view(request, *args, **kwargs), how, sealed=sealed
        )

    return wrapped


def _once(request: HttpRequest, act: Act, how: Way, *, sealed: bool) -> HttpResponse:
    claim = _claim(request, now=timezone.now(), sealed=sealed)
    if isinstance(claim, HttpResponse):
        return claim
    try:
        response, is_final = rivals.once_more(lambda: how(claim, act))
        if not is_final:
            claim.release()
    except Exception:
        claim.release()
        raise
    finally:
        claim.let_go()
    return response


def _in_one_transaction(claim: _Claim, act: Act) -> Answer:
    with transaction.atomic():
        # a refusal undoes what the view wrote, but is itself kept
        response, is_final = _answered(transaction.atomic(act))
        if is_final and not claim.keep(response):
            # which undoes what was done
            raise InFlight(remedy="Ask again with the same key in a moment.")
    return response, is_final


def _acted_and_kept(claim: _Claim, act: Act) -> Answer:
    response, is_final = _answered(act)
    if is_final:
        claim.keep(response)
    return response, is_final


def _answered(act: Act) -> Answer:
    try:
        response, is_final = act(), True
    except DomainError as error:
        response, is_final = problem_response(error), error.is_final
    return (
        response,
        is_final
        and response.status_code not in NOT_KEPT
        and response.status_code < 500,
    )


def _claim(
    request: HttpRequest, *, now: datetime, sealed: bool
) -> _Claim | HttpResponse:
    """This request's claim on its key, or the answer that the key has already.

    Raises Invalid, InFlight, Mismatch.
    """
    key = request.headers[HEADER]
    if not USABLE.fullmatch(key):
        says = "A key is 1 to 200 visible ASCII characters, such as a random UUID."
        raise Invalid({HEADER: [says]})
    # keyed, since the body may hold a password that a plain digest would let a thief of
    # the table guess
    fingerprint = _secret_of(request, "fingerprint")
    secret = base64.urlsafe_b64encode(_secret_of(request, "seal"))
    seal = Fernet(secret) if sealed else None
    values = {
        "owner": getattr(getattr(request, "auth", None), "pk", 0),
        "key": key,
        "fingerprint": fingerprint,
        "now": now,
        "expired": now - KEPT,
        "claims": CLAIMS,
    }
    row = fetch_one(SQL.claim, values)
    if row is None:
        # the key's first request released it just now
        raise InFlight(remedy="Ask again in a moment.")
    if row.is_ours:
        return _Claim(row.id, now, seal)
    if bytes(row.fingerprint) != fingerprint:
        raise Mismatch(remedy="Make a new key for each request that is not a repeat.")
    if row.status is None:
        raise InFlight(remedy="Ask again with the same key in a moment.")
    return _replay(row.status, row.content_type, bytes(row.body), seal)


def _secret_of(request: HttpRequest, purpose: str) -> bytes:
    request_line = f"{request.method} {request.get_full_path()}\n".encode()
    return salted_hmac(
        f"gymsite.idempotency.{purpose}",
        request_line + request.body,
        algorithm="sha256",
    ).digest()


def _replay(
    status: int, content_type: str, body: bytes, seal: Fernet | None
) -> HttpResponse:
    if seal:
        try:
            body = seal.decrypt(body)
        except InvalidToken as exception:
            raise Mismatch(remedy="Make a new key.") from exception
    response = HttpResponse(body, status=status, content_type=content_type)
    response["Idempotency-Replayed"] = "true"
    return response
