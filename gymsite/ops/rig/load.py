"""Sending load to a server from a process of its own, and judging the answers."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from gymsite.ops.rig.errors import UnexpectedAnswer
from gymsite.ops.rig.stats import Spread

LONGEST = 600  # seconds that one load may take

Request = str
Item = Sequence[Request]


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one load came to: latencies in milliseconds, CPU of client and workers.

    ``cpu_share`` is of one core, ``worker_cpu`` in seconds.
    """

    latencies: list[float]
    requests: int
    statuses: dict[int, int]
    wall: float
    cpu_share: float
    worker_cpu: float = 0.0

    @property
    def cpu_a_request(self) -> float:
        """A worker's CPU for one request (ms), which other load hardly moves."""
        return self.worker_cpu / self.requests * 1000

    @property
    def rate(self) -> float:
        """Items a second."""
        return len(self.latencies) / self.wall

    @property
    def spread(self) -> Spread:
        return Spread.of(self.latencies)


def get(
    path: str,
    *,
    cookie: str = "",
    token: str = "",
    accept: str = "*/*",
    encodings: str = "",
) -> Request:
    """The bytes of a GET, as text.

    ``cookie`` is a whole header, ``token`` an API access token.
    """
    return _request(
        "GET",
        path,
        cookie=cookie,
        token=token,
        headers={"Accept": accept, "Accept-Encoding": encodings},
    )


def send(
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    token: str = "",
    key: str = "",
    address: str = "",
    signature: Mapping[str, str] | None = None,
) -> Request:
    """The bytes of a request with a JSON body.

    ``key`` is its Idempotency-Key, ``address`` what a proxy says of it, ``signature``
    the headers with which the body was signed as ``json.dumps`` writes it.
    """
    content = json.dumps(body) if body is not None else ""
    kind = {"Content-Type": "application/json"} if body is not None else {}
    headers = kind | {
        "Content-Length": str(len(content.encode())),
        "Idempotency-Key": key,
        "X-Forwarded-For": address,
        **(signature or {}),
    }
    return _request(
        method, path, token=token, headers=headers
    ) + content.encode().decode("latin-1")


def form(path: str, fields: Mapping[str, Any], *, cookie: str) -> Request:
    """The bytes of a form that a browser sends, with its token against forgery."""
    token = cookie.rpartition("=")[2]
    content = urlencode({**fields, "csrfmiddlewaretoken": token})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(content)),
    }
    return _request("POST", path, cookie=cookie, headers=headers) + content


def _request(
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    cookie: str = "",
    token: str = "",
) -> Request:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    return "\r\n".join([*lines, "", ""])


def run(
    address: Address,
    items: Iterable[Item],
    *,
    clients: int = 1,
    seconds: float | None = None,
    repeat: bool = True,
    expected: Iterable[int] = (200,),
) -> Load:
    """Send ``items``, ``clients`` of them in flight, once or for ``seconds``.

    Raises UnexpectedAnswer when any status is not in ``expected``.
    """
    if repeat and seconds is None:
        raise ValueError("a load that repeats needs an end")
    plan = {
        "address": [address.host, address.port],
        "clients": clients,
        "seconds": seconds,
        "items": [list(item) for item in items],
        "repeat": repeat,
        "expected": list(expected),
    }
    return _judged(_answer_of(plan))


def _answer_of(plan: dict[str, Any]) -> dict[str, Any]:
    if not plan["items"]:
        raise ValueError("there is nothing to send")
    done = subprocess.run(
        # -S: it needs nothing but Python's own library
        [sys.executable, "-S", "-m", "gymsite.ops.rig.client"],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=LONGEST,
        cwd=settings.BASE_DIR,
    )
    return json.loads(done.stdout)


def _judged(answer: dict[str, Any]) -> Load:
    for status, start in answer["odd"].items():
        count = answer["statuses"][status]
        raise UnexpectedAnswer(
            f"{count} of {answer['requests']} answers had status {status}. The first:\n"
            f"{start}"
        )
    return Load(
        latencies=[microseconds / 1000 for microseconds in answer["latencies"]],
        requests=answer["requests"],
        statuses={int(status): count for status, count in answer["statuses"].items()},
        wall=answer["wall"],
        cpu_share=answer["cpu"] / answer["wall"],
    )
