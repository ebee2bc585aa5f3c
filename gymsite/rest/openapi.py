"""What the OpenAPI document says of every operation.

That is problems as answers, and the key of a safe repeat. Clients are generated from
the document, so its names are part of the API: an operation's id and a component's name
stay when modules move.
"""

from collections.abc import Iterator
from typing import Any

from ninja.openapi.schema import OpenAPISchema

from gymsite.rest.idempotency import HEADER
from gymsite.rest.schemas import COMPONENT_NAME, Problem
from gymsite.web.http import PROBLEM

DESCRIPTION = """The gym's timetable, bookings, memberships, check-ins and shop.

Log in with `POST /api/v1/auth/login` and send `Authorization: Bearer <access_token>`.
Lists come in pages: follow `next` as `cursor`. Errors are problem documents (RFC 9457)
with a stable `code`. Any POST may carry an `Idempotency-Key`, so that it can be
repeated safely. Everything else stands in docs/api.md."""

TAGS = {
    "Log-in": "Trade a name and password for tokens, refresh them, end the session.",
    "People": "Accounts: one's own, and for staff those of their branch.",
    "Memberships": "Plans on sale, and the memberships that people hold.",
    "Payments": "What was paid and given back, and what the provider tells by itself.",
    "Classes": "The timetable: sessions ahead.",
    "Bookings": "Places in sessions, and waitlists for full ones.",
    "Check-ins": "Coming in, and the visits of the past.",
    "Rooms": "Rooms and their weekly classes.",
    "Trainers": "Who trains, and whom.",
    "Appointments": "A trainer's time: what is offered, when it is free, booking it.",
    "Reports": "For staff: money by day, branch, trainer and kind; members by month.",
    "Catalogue": "What the shop sells, and what members say about it.",
    "Carts": "What one means to buy, and paying it.",
    "Orders": "What one has bought.",
    "Rentals": "Things for some days.",
    "Stock": "For staff: buying goods and receiving them.",
    "Partners": "For a partner's programs, which log in with an API key.",
}
EXTRA = {
    "info": {"license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"}},
    "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
}
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
# Of these each request has a name of its own already.
UNKEYED = {"receive_payment_webhook"}
ALWAYS = {422, 503}
WITH_BODY = {400, 413, 415}
KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "A random text; a repeat with the same key within 24 hours gets the first "
        "answer."
    ),
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": "^[!-~]+$",
    },
}
COMPONENT = "#/components/schemas/"


def servers(site: str) -> list[dict[str, Any]]:
    """The addresses of the API.

    The first is the page's own host, for whoever reads it there; the second is the
    public address, for a saved document.
    """
    return [
        {"url": "/", "description": "The host that the document came from."},
        {"url": site, "description": "The gym's site."},
    ]


def completed(document: OpenAPISchema) -> OpenAPISchema:
    """Add what holds for every operation to the document, in place; return it."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema())
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    for schema in schemas.values():
        _keep_optional(schema)
    schemas |= _name_choices(document)
    _name_components(document)
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    operation.setdefault("security", [])
    for parameter in operation.get("parameters", []):
        # a schema lists its examples, a parameter names them
        if "examples" in parameter:
            parameter["schema"]["examples"] = parameter.pop("examples")
    if _is_keyed(method, operation):
        operation.setdefault("parameters", []).append(KEY)
    for status in sorted(_statuses(method, operation)):
        responses.pop(status, None)
        responses[str(status)] = {
            "description": PROBLEMS[status],
            "content": {PROBLEM: {"schema": {"$ref": f"{COMPONENT}Problem"}}},
        }


def _is_keyed(method: str, operation: dict[str, Any]) -> bool:
    return method == "post" and operation.get("operationId") not in UNKEYED


def _keep_optional(schema: dict[str, Any]) -> None:
    """Say a default of a body in words.

    Generators take a field with a default for a field that is always there.
    """
    for field in schema.get("properties", {}).values():
        default = field.pop("default", None)
        if default:
            words = f"{default} if left out."
            field["description"] = " ".join(
                filter(None, [field.get("description"), words])
            )


def _name_choices(document: Any) -> dict[str, Any]:
    """Replace each inline list of values (schemas.choice_of) by a reference.

    Returns the components that the lists become.
    """
    found = {}
    for schema in list(_schemas(document)):
        if name := schema.pop(COMPONENT_NAME, None):
            found[name] = {"title": name, "type": "string", "enum": schema.pop("enum")}
            del schema["type"]
            schema.pop("title", None)  # the field's own title only repeats its name
            schema["$ref"] = COMPONENT + name
    return found


def _name_components(document: Any) -> None:
    """Call each component what its class is called, and drop the unused.

    Its name is OrderSummaryPage, not PageOf_OrderSummary_.
    """
    components = document["components"]
    names = {
        COMPONENT + name: schema["title"]
        for name, schema in components["schemas"].items()
    }
    for schema in _schemas(document):
        if "$ref" in schema:
            schema["$ref"] = COMPONENT + names[schema["$ref"]]
    components["schemas"] = {
        schema["title"]: schema for schema in components["schemas"].values()
    }
    for unused in set(components["schemas"]) - _used(document):
        del components["schemas"][unused]


def _schemas(part: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside a part of the document."""
    if isinstance(part, dict):
        yield part
    for inner in (
        part.values()
        if isinstance(part, dict)
        else part
        if isinstance(part, list)
        else ()
    ):
        yield from _schemas(inner)


def _used(document: Any) -> set[str]:
    """The components that operations reach, directly or through others."""
    components, reached = document["components"]["schemas"], set()
    waiting = _references(document["paths"])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting |= _references(components[name])
    return reached


def _references(part: Any) -> set[str]:
    return {
        schema["$ref"].removeprefix(COMPONENT)
        for schema in _schemas(part)
        if "$ref" in schema
    }


def _statuses(method: str, operation: dict[str, Any]) -> set[int]:
    """The statuses of the problems that an operation may answer with.

    They are its own, and those that follow from its shape.
    """
    own = {int(status) for status in operation["responses"] if int(status) >= 400}
    of_body = WITH_BODY if "requestBody" in operation else set()
    of_token = {401} if operation.get("security") else set()
    of_key = {409} if _is_keyed(method, operation) else set()
    return own | ALWAYS | of_body | of_token | of_key
