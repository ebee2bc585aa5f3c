"""What the OpenAPI document says of every operation: problems as answers, and the key of a safe repeat."""

from typing import Any

from gymsite.core.http import PROBLEM
from gymsite.core.idempotency import HEADER
from gymsite.core.schemas import Problem

DESCRIPTION = """The gym's timetable, bookings, memberships, check-ins and shop.

Log in with `POST /api/v1/auth/login` and send `Authorization: Bearer <access_token>`. Lists come in pages: follow
`next` as `cursor`. Errors are problem documents (RFC 9457) with a stable `code`. Any POST may carry an
`Idempotency-Key`, so that it can be repeated safely. Everything else stands in docs/api.md."""

PROBLEMS = {
    400: "The body is not JSON.",
    401: "No token, or one that is unknown, used or expired.",
    402: "The payment was declined.",
    403: "A rule of the house or of the plan says no.",
    404: "It is not there, or not yours to see.",
    409: "It can't be done in the present state.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "Some of what was sent can't be used; `errors` says which.",
    429: "Too many tries.",
    503: "Try again in a moment.",
}
ALWAYS = {422, 503}
WITH_BODY = {400, 413, 415}
KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A random text; a repeat with the same key within 24 hours gets the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def completed(document: Any) -> Any:
    """The document with its common answers and parameters; changed in place."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema())
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if method == "post":
        operation.setdefault("parameters", []).append(KEY)
    for status in sorted(_statuses(method, operation)):
        responses.pop(status, None)
        responses[str(status)] = _problem(status)


def _statuses(method: str, operation: dict[str, Any]) -> set[int]:
    """The problems that an operation may answer with: its own, and what follows from its shape."""
    own = {int(status) for status in operation["responses"] if int(status) >= 400}
    of_body = WITH_BODY if "requestBody" in operation else set()
    of_token = {401} if operation.get("security") else set()
    of_key = {409} if method == "post" else set()
    return own | ALWAYS | of_body | of_token | of_key


def _problem(status: int) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": PROBLEMS[status], "content": {PROBLEM: shape}}
