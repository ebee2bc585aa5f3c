"""What pages of free times read beside the times: who, where, and what is offered."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Func, OuterRef, Q

from bookings.models import Availability, Service, Trainer
from bookings.queries.trainers import team
from gymsite.core import search
from gymsite.core.models import Branch
from gymsite.core.search import folded
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from gymsite.web.page_header import PageHeader, header_of

SQL = statements("bookings", "slots")


@dataclass(frozen=True, slots=True)
class Offer:
    """``branches`` begins with the trainer's own; ``services`` are of any branch;
    ``classes`` is what the trainer teaches next."""

    header: PageHeader
    trainer: Trainer | None
    is_in_use: bool
    branches: tuple[Branch, ...]
    services: tuple[Service, ...]
    classes: list[dict[str, Any]]

    def branch(self, slug: str, home_id: int | None = None) -> Branch | None:
        """The one that is named, else the reader's, else the first."""
        named = (one for one in self.branches if one.slug == slug)
        home = (one for one in self.branches if one.pk == home_id)
        return next(named, None) or next(home, None) or next(iter(self.branches), None)

    def services_at(self, branch: Branch | None) -> list[Service]:
        here = (None, branch.pk if branch else None)
        return [one for one in self.services if one.branch_id in here]


def offer(
    *,
    trainer: str | None = None,
    branch: str = "",
    service: str = "",
    member_id: int | None,
    classes: bool = False,
    now: datetime,
) -> Offer:
    """One statement, the page's header included."""
    named = {"trainer": trainer, "branch": branch, "service": service}
    asked = {"member": member_id, "classes": classes, "now": now}
    row = fetch_one(SQL.offer, named | asked)
    return Offer(
        header=header_of(row.name, row.hue, row.currency, row.unread),
        trainer=Trainer(**row.trainer) if row.trainer else None,
        is_in_use=row.is_in_use,
        branches=_rows(Branch, row.branches),
        services=_rows(Service, row.services),
        classes=row.classes or [],
    )


@lru_cache(maxsize=256)
def _rows(model: Any, text: str | None) -> tuple[Any, ...]:
    """The rows of a JSON array; what says the same are the same rows, which nobody
    changes."""
    return tuple(model(**one) for one in json.loads(text or "[]"))


def team_at(branch_id: int, text: str = "", speciality: str = "") -> Any:
    """Who works at a branch or takes appointments there, with a text those of that
    name, and with a speciality those who have it, as a list shows them; page by
    (folded_name, id).

    A branch's team is small, so names are walked through: no index is kept for them.
    Each has ``here``, the specialities of all whose home the branch is.
    """
    hours = Availability.objects.filter(
        trainer=OuterRef("pk"), branch=branch_id, is_active=True
    )
    rows = team().filter(Q(branch=branch_id) | Exists(hours))
    if speciality:
        rows = rows.filter(specialities__contains=[speciality])
    if text:
        rows = search.find(rows, text, "name")
    at_home = Trainer.objects.filter(branch=branch_id, is_active=True)
    named = at_home.annotate(one=Func("specialities", function="unnest"))
    here = ArraySubquery(named.order_by("one").values("one").distinct())
    shown = ("id", "name", "slug", "specialities", "branch_id", "photo_id")
    found = rows.annotate(folded_name=folded("name"), here=here)
    return found.values_list(*shown, "branch__name", "folded_name", "here", named=True)


def of_slug(services: Iterable[Service], slug: str) -> Service | None:
    """The one that is named, or the first."""
    found = list(services)
    return next((one for one in found if one.slug == slug), found[0] if found else None)
