"""Group pages: what people look at, against a bare view.

That is anonymous, loads the session and the user, or hashes a password.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from django.conf import settings
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.urls import reverse
from django.utils.crypto import get_random_string

from bookings.models import Trainer
from catalog.models import Product
from gymsite.ops.bench.context import Context
from gymsite.ops.bench.report import Row
from gymsite.ops.rig import load
from gymsite.ops.rig.stats import Spread, median, ratio_to_floor

GROUP = "pages"
CLIENTS = 8
MEMBERS = 64
FLOOR, ANONYMOUS = "bare view, session + user", "bare view, anonymous"
HASHING = "bare view, one password hash"
FLOORS = (ANONYMOUS, FLOOR, HASHING)
FOUND = 302  # where an answered form leads on


@dataclass(frozen=True, slots=True)
class Page:
    """Requests of many people for one page, its floor, and its least share of that.

    In requests a second; None where no share is demanded.
    """

    items: list[load.Item]
    floor: str = FLOOR
    least: float | None = None
    status: int = 200


def measure(context: Context) -> list[Row]:
    """Rounds of floor and page in turn, so that each figure has its own floor."""
    asked = pages(context)
    loads: dict[str, list[load.Load]] = {name: [] for name in asked}
    floors: dict[str, list[load.Load]] = {name: [] for name in asked}
    for name, page in asked.items():
        context.say(f"pages: warming up {name}")
        items = list(islice(cycle(page.items), context.pace.warm_up))
        context.send(items, clients=CLIENTS, repeat=False, expected=[page.status])
    for turn in range(context.pace.rounds):
        context.say(f"pages: round {turn + 1} of {context.pace.rounds}")
        for name, page in asked.items():
            if name not in FLOORS:
                floors[name].append(_load(context, asked[page.floor]))
            loads[name].append(_load(context, page))
    for name in FLOORS:
        floors[name] = loads[name]
    return [
        _row(context, name, page, loads[name], floors[name])
        for name, page in asked.items()
    ]


def _load(context: Context, page: Page) -> load.Load:
    return context.send(
        page.items,
        clients=CLIENTS,
        seconds=context.pace.seconds,
        expected=[page.status],
    )


def pages(context: Context) -> dict[str, Page]:
    """Each page by its name; the floors come first."""
    members = context.people.unlimited(MEMBERS)
    typed = context.people.log_ins(members)
    cookies = list(context.people.cookies(members).values())
    sessions = context.people.open_sessions(2 * MEMBERS)
    classes = [reverse("class-page", args=[session]) for session in sessions]
    return {
        ANONYMOUS: Page(_visits(["/bench/anonymous"]), ANONYMOUS),
        FLOOR: Page(_each(cookies, ["/bench/logged-in"])),
        HASHING: Page(_visits(["/bench/password"]), HASHING),
        "log in": Page(_log_ins(typed), HASHING, status=FOUND),
        "timetable": Page(_each(cookies, [reverse("timetable")]), least=0.5),
        "class page": Page(_each(cookies, classes), least=0.4),
        "my bookings": Page(_each(cookies, [reverse("my-bookings")])),
        "plans": Page(_each(cookies, [reverse("plans")])),
        **_training(context, cookies),
        **_shop(context, cookies),
    }


def _training(context: Context, cookies: list[str]) -> dict[str, Page]:
    """Trainers' pages, for members of any branch; moving is for who has an
    appointment."""
    in_use = Trainer.objects.filter(is_active=True, user__is_active=True)
    team = in_use.order_by("id")[:MEMBERS]
    trainers = [reverse("trainer", args=[one.slug]) for one in team]
    booked = context.people.appointments(MEMBERS)
    theirs = context.people.cookies(one.client for one in booked)
    moves: list[load.Item] = [
        [
            load.get(
                reverse("move-appointment", args=[one.reference]),
                cookie=theirs[one.client],
                accept="text/html",
            )
        ]
        for one in booked
    ]
    return {
        "trainers' list": Page(_each(cookies, [reverse("trainers")]), least=0.3),
        "a trainer, with free times": Page(_each(cookies, trainers), least=0.3),
        "free times, time first": Page(
            _each(cookies, [reverse("free-times")]), least=0.3
        ),
        "moving an appointment": Page(moves, least=0.3),
    }


def _shop(context: Context, cookies: list[str]) -> dict[str, Page]:
    """The shop's pages; carts are filled with what never runs out in the bench."""
    goods = list(Product.objects.filter(status="on_sale").order_by("rank", "id")[:16])
    shelves = [
        reverse("shop"),
        *{reverse("shop-category", args=[product.category.slug]) for product in goods},
    ]
    products = [reverse("product", args=[product.slug]) for product in goods]
    stocked = [product.pk for product in goods if product.tracks_stock]
    context.people.stock_up(stocked, context.people.branch(), 1_000_000)
    adds: list[load.Item] = [
        [
            load.form(
                reverse("cart-add", args=[product.pk]), {"quantity": 1}, cookie=cookie
            )
        ]
        for product in goods
        for cookie in cookies
    ]
    return {
        "product list, anonymous": Page(_visits(shelves), ANONYMOUS, 0.25),
        "product list": Page(_each(cookies, shelves), least=0.4),
        "product page, anonymous": Page(_visits(products), ANONYMOUS, 0.2),
        "product page": Page(_each(cookies, products), least=0.35),
        "add to cart": Page(adds, least=0.35, status=FOUND),
    }


def _log_ins(typed: list[dict[str, str]]) -> list[load.Item]:
    """The form as a browser sends it that has looked at the page."""
    cookie = f"{settings.CSRF_COOKIE_NAME}={get_random_string(CSRF_SECRET_LENGTH)}"
    path = reverse("account_login")
    return [[load.form(path, fields, cookie=cookie)] for fields in typed]


def _visits(paths: list[str]) -> list[load.Item]:
    return [[load.get(path, accept="text/html")] for path in paths]


def _each(cookies: list[str], paths: list[str]) -> list[load.Item]:
    """A request a member and path in turn, as many as the longer list has."""
    count = max(len(cookies), len(paths))
    pairs = islice(zip(cycle(cookies), cycle(paths), strict=False), count)
    return [
        [load.get(path, cookie=cookie, accept="text/html")] for cookie, path in pairs
    ]


def _row(
    context: Context,
    name: str,
    page: Page,
    loads: Sequence[load.Load],
    floors: Sequence[load.Load],
) -> Row:
    rates = [each.rate for each in loads]
    floor_rates = [each.rate for each in floors]
    ratio = ratio_to_floor(rates, floor_rates)
    return Row(
        group=GROUP,
        name=name,
        data=context.data("user", "classsession", "booking", "product"),
        value=median(rates),
        unit="/s",
        spread=Spread.of([time for each in loads for time in each.latencies]),
        rounds=rates,
        floor=page.floor,
        floor_value=median(floor_rates),
        ratio=ratio,
        target=f">= {page.least} of floor" if page.least else "",
        met=context.verdict(ratio >= page.least) if page.least else None,
        cpu=median([each.cpu_a_request for each in loads]),
        note=(
            f"{CLIENTS} clients, client CPU "
            f"{median([each.cpu_share for each in loads]):.0%}"
        ),
    )
