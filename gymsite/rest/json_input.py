"""Strict reading of the API's request bodies and query strings."""

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from gymsite.core.errors import DomainError, Invalid
from gymsite.core.text import composed, faults
from gymsite.rest.errors import MalformedJson, WrongContentType


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object of these pairs.

    Raises Invalid for a name that stands twice: nobody knows which value was meant.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid({twice[:100]: ["This name stands twice."]})
    return found


def _no_constant(name: str) -> Any:
    raise MalformedJson(f"{name} is not JSON.")


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_no_constant
).decode


class StrictParser(Parser):
    """Reads JSON only.

    Duplicate names, NaN, NUL characters and lone surrogates are refused.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise WrongContentType(
                f"Send application/json, not {request.content_type or 'nothing'}."
            )
        try:
            text = request.body.decode()
            value = _decode(text)
        except DomainError:
            raise
        except (ValueError, RecursionError) as exception:
            raise MalformedJson(
                f"This body can't be read as JSON: {type(exception).__name__}."
            ) from exception
        # only an escape can bring what UTF-8 and JSON themselves exclude
        if "\\u" in text and (found := faults(value)):
            raise Invalid(found)
        return value if text.isascii() and "\\u" not in text else composed(value)
