"""Group static: what a first visit sends, and how static files are served."""

import re
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from gymsite.ops.bench.context import Context
from gymsite.ops.bench.pages import pages
from gymsite.ops.bench.report import Row
from gymsite.ops.rig.errors import UnexpectedAnswer
from gymsite.ops.rig.load import Address

GROUP = "static"
MOST = 60.0  # KB of a first visit
PAGES = (
    "timetable",
    "class page",
    "my bookings",
    "plans",
    "product list",
    "product page",
)
FONT = re.compile(r"\.(woff2?|ttf|otf|eot)\b")
LINKED = re.compile(
    r"""<(?:link|script|img|source|use)\b[^>]*?\s(?:href|src)="([^"#?]+)"""
)
INSIDE_CSS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.")
A_YEAR = 31_536_000
BINARY = (".png", ".ico", ".jpg", ".webp", ".woff2")
WORTH_PACKING = 500  # bytes: a smaller file does not shrink


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer as a browser gets it: its bytes, and how it may be kept."""

    path: str
    size: int
    text: str
    encoding: str
    cache_control: str

    @property
    def is_kept_for_ever(self) -> bool:
        age = re.search(r"max-age=(\d+)", self.cache_control)
        return bool(
            HASHED.search(self.path)
            and "immutable" in self.cache_control
            and age
            and int(age[1]) >= A_YEAR
        )


def measure(context: Context) -> list[Row]:
    """First visits of the pages that members open most, and their static files."""
    asked = pages(context)
    files: dict[str, Sent] = {}
    rows = []
    for name in PAGES:
        context.say(f"static: first visit of {name}")
        path, cookie = path_and_cookie(asked[name].items[0][0])
        page = fetch(context.address, path, cookie)
        linked = visit(context.address, page)
        files |= linked
        rows.append(_row(name, page, linked))
    return [*rows, _files_row(files)]


def path_and_cookie(request: str) -> tuple[str, str]:
    found = re.search(r"^Cookie: (.*)$", request, re.MULTILINE)
    return request.split(" ", 2)[1], found[1].strip() if found else ""


def fetch(address: Address, path: str, cookie: str = "") -> Sent:
    """A GET as a browser sends it, and its text.

    Raises UnexpectedAnswer unless it answers 200.
    """
    sent = _get(address, path, {"Accept-Encoding": "br, gzip", "Cookie": cookie})
    if not path.endswith(BINARY) and sent.encoding:
        plain = _get(address, path, {"Cookie": cookie})
        return replace(sent, text=plain.text)
    return sent


def _get(address: Address, path: str, headers: dict[str, str]) -> Sent:
    connection = HTTPConnection(address.host, address.port, timeout=30)
    connection.request(
        "GET", path, headers={name: value for name, value in headers.items() if value}
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise UnexpectedAnswer(f"GET {path} answered {answer.status}")
    encoding = answer.getheader("Content-Encoding", "")
    return Sent(
        path,
        len(body),
        "" if encoding else body.decode(errors="replace"),
        encoding,
        answer.getheader("Cache-Control", ""),
    )


def visit(address: Address, page: Sent) -> dict[str, Sent]:
    """Every static file that the page links, and what its stylesheets link in turn."""
    found: dict[str, Sent] = {}
    waiting = [urljoin(page.path, link) for link in LINKED.findall(page.text)]
    while waiting:
        path = urlsplit(waiting.pop()).path
        if path in found or not path.startswith(settings.STATIC_URL):
            continue
        found[path] = fetch(address, path)
        if path.endswith(".css"):
            waiting += [
                urljoin(path, link) for link in INSIDE_CSS.findall(found[path].text)
            ]
    return found


def _row(name: str, page: Sent, linked: dict[str, Sent]) -> Row:
    total = (page.size + sum(each.size for each in linked.values())) / 1000
    fonts = [path for path in linked if FONT.search(path)]
    return Row(
        group=GROUP,
        name=f"first visit, {name}",
        data=f"{len(linked)} files, {len(fonts)} fonts",
        value=total,
        unit="KB",
        target=f"< {MOST:.0f} KB, no fonts",
        met=total < MOST and not fonts,
        note=f"HTML {page.size / 1000:.1f} KB {page.encoding or 'as it is'}",
    )


def _files_row(files: dict[str, Sent]) -> Row:
    kept = [each for each in files.values() if each.is_kept_for_ever]
    packed = [
        each for each in files.values() if each.encoding or each.size < WORTH_PACKING
    ]
    return Row(
        group=GROUP,
        name="static files compressed, hashed, kept for ever",
        data=f"{len(files)} files",
        value=min(len(kept), len(packed)),
        unit="files",
        target="all",
        met=len(kept) == len(packed) == len(files),
        note=", ".join(
            sorted(set(files) - {each.path for each in kept if each in packed})
        ),
    )
