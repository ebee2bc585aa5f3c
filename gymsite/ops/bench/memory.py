"""Group memory: what a worker holds after 2,000 and after 10,000 mixed requests."""

from itertools import chain, islice

from django.urls import reverse

from gymsite.ops.bench import pages
from gymsite.ops.bench.context import Context
from gymsite.ops.bench.report import Row
from gymsite.ops.rig import load

GROUP = "memory"
CLIENTS = 8
MOST = 150.0  # MB
MOST_GROWTH = 1.05  # of the memory after the first fifth; what is beyond is a leak
API = (
    "/api/v1/classes/",
    "/api/v1/membership/plans",
    "/api/v1/membership/",
    "/api/v1/rooms",
    "/api/v1/rooms/monday",
)


OK = 200


def measure(context: Context) -> list[Row]:
    """Pages and API in turn until each worker has had its share."""
    mixed = mixed_requests(context)
    total = context.pace.memory_requests
    early = _sent(context, mixed, total // 5)
    late = _sent(context, mixed, total - total // 5)
    return [_row(context, early, late, total)] if early and late else []


def mixed_requests(context: Context) -> list[load.Item]:
    """A round of each page and each list of the API for many members, interleaved."""
    members = context.people.unlimited(pages.MEMBERS)
    tokens = context.people.tokens(members)
    asked = [page.items for page in pages.pages(context).values() if page.status == OK]
    asked += [
        [[load.get(path, token=tokens[member])] for member in members] for path in API
    ]
    asked.append([[load.get(reverse("trainers"))]] * len(members))
    return list(
        chain.from_iterable(
            zip(*(islice(_again(items), len(members)) for items in asked), strict=True)
        )
    )


def _again(items: list[load.Item]):
    while True:
        yield from items


def _sent(context: Context, items: list[load.Item], count: int) -> list[float]:
    context.say(f"memory: {count:,} mixed requests")
    context.send(list(islice(_again(items), count)), clients=CLIENTS, repeat=False)
    return context.server.worker_memory()


def _row(context: Context, early: list[float], late: list[float], total: int) -> Row:
    growth = max(late) / max(early)
    return Row(
        group=GROUP,
        name=f"worker's resident memory after {total:,} mixed requests",
        data=context.data("user", "classsession", "booking"),
        value=max(late),
        unit="MB",
        rounds=late,
        floor=f"after {total // 5:,}",
        floor_value=max(early),
        ratio=growth,
        target=f"< {MOST:.0f} MB, <= {MOST_GROWTH} of that after {total // 5:,}",
        met=context.verdict(max(late) < MOST and growth <= MOST_GROWTH),
    )
