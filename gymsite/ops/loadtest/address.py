"""A server on this machine that runs already, on this command's own database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from itertools import chain
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings

from gymsite.core.models import ApiSession, PageSession, Role, User
from gymsite.ops.loadtest.errors import WrongServer
from gymsite.ops.rig.databases import LOOPBACK, Databases
from gymsite.ops.rig.people import People

PATIENCE = 30


@contextmanager
def given(url: str, databases: Databases, stand: Callable[..., Any]) -> Iterator[Any]:
    """The stand at ``url``; the tokens made for the test are taken back at the end.

    Raises WrongServer.
    """
    url = loopback(url)
    began = datetime.now(UTC)
    name = settings.DATABASES["default"]["NAME"]
    try:
        _check_database(url, People(began))
        yield stand(
            url=url,
            database=name,
            databases=databases,
            is_ours=False,
            says=f"the server at {url}",
        )
    finally:
        ApiSession.objects.filter(client="bench", created_at__gte=began).delete()


def log_out(plan: dict[str, Any]) -> None:
    """End the browser sessions of everybody in a swarm's plan."""
    people = [*chain.from_iterable(plan["people"].values()), *plan["rush"]["people"]]
    keys = [
        SimpleCookie(person["cookie"])[settings.SESSION_COOKIE_NAME].value
        for person in people
    ]
    PageSession.objects.filter(session_key__in=keys).delete()


def loopback(url: str) -> str:
    """``http://host:port`` of this machine; raises WrongServer for another."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.hostname not in LOOPBACK:
        raise WrongServer(
            f"The load test loads only this machine: http://127.0.0.1:PORT, not {url}."
        )
    return f"http://{parts.netloc}"


def _check_database(url: str, people: People) -> None:
    """A token made here must be good there, or refusals would be counted."""
    member = (
        User.objects.filter(role=Role.MEMBER, is_active=True)
        .values_list("pk", flat=True)
        .first()
    )
    if member is None:
        raise WrongServer("There are no members in this database: seed it first.")
    token = people.tokens([member])[member]
    asked = Request(  # noqa: S310
        f"{url}/api/v1/membership/", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        build_opener(ProxyHandler({})).open(asked, timeout=PATIENCE).close()
    except (URLError, OSError) as error:
        raise WrongServer(
            f"The server at {url} does not answer, or works on another database: "
            f"{error}"
        ) from None
