"""What a visitor was about to do, in words.

Joining and logging in show it on top and lead back to it.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.http import url_has_allowed_host_and_scheme

# Takes the values in a page's address and returns words that go on after "Join to";
# None where there is nothing to do.
Words = Callable[..., str | None]
_WORDS: dict[str, Words] = {}


def declare(url_name: str, words: Words) -> None:
    """Say what people come to a page for; apps do so in ``AppConfig.ready``."""
    _WORDS[url_name] = words


def leads_on(path: str) -> bool:
    """Whether the page of this path is one that people come to for something."""
    return _match(path) is not None


def intent_of(path: str) -> str | None:
    """What people come to the page of this path for.

    An example: ``book Mobility Lab, Fri 27 Nov 09:15``.
    """
    match = _match(path)
    return _WORDS[match.url_name](**match.kwargs) if match and match.url_name else None


def _match(path: Any) -> ResolverMatch | None:
    """The view of a path that people come to for something, or None.

    None too for what is no path of ours.
    """
    if not path or not url_has_allowed_host_and_scheme(path, None):
        return None
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return None
    return match if match.url_name in _WORDS else None
