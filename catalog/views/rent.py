"""Choosing what to rent and for which days, the price beside them, and paying it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from catalog import rules
from catalog.errors import NothingToRent, RentalKindNotFound, WrongRentalState
from catalog.forms import RentDaysForm, RentForm
from catalog.models import RentalKind
from catalog.operations.rentals import Wish, rent
from catalog.queries import rentals as reads
from catalog.views import rental_rows
from catalog.views.sentences import dated
from catalog.views.shop_page import active_branches, shop_page
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.money import shown
from gymsite.core.periods import local_day
from gymsite.payments.queries import payment_choices
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest, PageRequest


@require_safe
def kinds(request: PageRequest) -> HttpResponse:
    branches, now = active_branches(), timezone.now()
    here = _here(request, branches, request.GET.get("branch", ""))
    found = reads.kinds_at(here.pk, here.today(now)) if here else []
    cards = [
        rental_rows.kind_card(kind) | {"free": kind.free, "units": kind.units_here}  # type: ignore[attr-defined]
        for kind in found
    ]
    return shop_page(
        request, "rentals.html", {"kinds": cards, "branches": branches, "here": here}
    )


@require_safe
@member_page
def choose(request: MemberRequest, slug: str) -> HttpResponse:
    kind, now = _kind(slug), timezone.now()
    return _page(request, kind, request.GET.dict(), now)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def pay(request: MemberRequest, slug: str) -> HttpResponse:
    """Sent twice, it rents once: the form names the rental's reference."""
    if request.method != "POST":
        return redirect("rent", slug)
    kind, now, offered = _kind(slug), timezone.now(), payment_choices.ways(at_desk=True)
    branches = active_branches()
    # the operation judges
    today = min((branch.today(now) for branch in branches), default=local_day(now, UTC))
    form = RentForm(
        payment_choices.choices(offered),
        branches,
        today,
        request.POST,
        auto_id="pay_%s",
    )
    if not form.is_valid():
        return _page(request, kind, request.POST.dict(), now, form=form)
    try:
        made = rent(now=now, **_wish(request, kind, form, offered))
    except WrongRentalState:  # a second click, while the first was on its way
        return redirect("rental", form.cleaned_data["reference"])
    except DomainError as refusal:
        return _page(request, kind, request.POST.dict(), now, refusal)
    return redirect("rental", made.reference)


def _wish(
    request: MemberRequest,
    kind: RentalKind,
    form: RentForm,
    offered: dict[str, payment_choices.Way],
) -> dict[str, Any]:
    """Keyword arguments of operations.rentals.rent."""
    typed = form.cleaned_data
    way = offered[typed["pay"]]
    branch_id = next(
        branch.pk for branch in form.branches if branch.slug == typed["branch"]
    )
    return {
        "wish": Wish(
            kind.pk, branch_id, request.user.pk, typed["first"], typed["last"]
        ),
        "gateway": way.gateway,
        "source": way.source,
        "reference": typed["reference"],
        "seen_minor": typed["total"],
    }


def _kind(slug: str) -> RentalKind:
    kind = reads.kind_named(slug)
    if kind is None:
        raise RentalKindNotFound(
            "There is nothing of this kind to rent.", remedy="Look at what there is."
        )
    return kind


def _here(request: PageRequest, branches: list[Branch], slug: str) -> Branch | None:
    """The branch asked for, or else the reader's own, or else the first."""
    home = getattr(request.user, "home_branch_id", None)
    asked = next((branch for branch in branches if branch.slug == slug), None)
    return asked or next(
        (branch for branch in branches if branch.pk == home), next(iter(branches), None)
    )


@dataclass(frozen=True, slots=True)
class Quote:
    """What these days cost, or why they can't be had.

    ``total_minor`` is fees and deposit together.
    """

    refusal: DomainError | None = None
    days: int = 0
    total_minor: int = 0
    total: str = ""
    fee: str = ""
    deposit: str = ""
    first: str = ""
    last: str = ""
    free: int = 0


def _quote(kind: RentalKind, form: RentDaysForm) -> Quote:
    branch = next(
        one for one in form.branches if one.slug == form.cleaned_data["branch"]
    )
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    if refusal := rules.rentable(kind, first, last, form.today):
        return Quote(refusal)
    free = reads.free_units(kind.pk, branch.pk, (first, last), form.today)
    if not free:
        said = f"All of {kind.name} at {branch.name} are taken on some of these days."
        return Quote(NothingToRent(said, remedy="Choose other days or another branch."))
    fee, currency = rules.rental_total(kind, first, last), kind.currency
    return Quote(
        days=(last - first).days + 1,
        total_minor=fee + kind.deposit_minor,
        total=shown(fee + kind.deposit_minor, currency),
        fee=shown(fee, currency),
        deposit=shown(kind.deposit_minor, currency) if kind.deposit_minor else "",
        first=dated(first),
        last=dated(last),
        free=free,
    )


def _page(
    request: MemberRequest,
    kind: RentalKind,
    given: dict[str, str],
    now: datetime,
    refusal: DomainError | None = None,
    *,
    form: RentForm | None = None,
) -> HttpResponse:
    """The days as they were typed, and what they come to.

    ``form`` is what could not be paid as it was filled in.
    """
    days = _days(request, given, now)
    quote = _quote(kind, days) if days.is_valid() else None
    context = {
        "kind": rental_rows.kind_card(kind),
        "days": days,
        "quote": quote,
        "form": form or _payable(days, quote),
        "note": payment_choices.note(payment_choices.ways(at_desk=True)),
    }
    status = 200 if quote and form is None else 422
    return shop_page(request, "rent.html", context, refusal=refusal, status=status)


def _days(request: MemberRequest, given: dict[str, str], now: datetime) -> RentDaysForm:
    """What was given, or else today alone at the reader's branch."""
    branches = active_branches()
    here = _here(request, branches, given.get("branch", ""))
    if here is None:
        raise RentalKindNotFound("There is no branch to rent it at.")
    today = here.today(now)
    first = given.get("first") or today.isoformat()
    start = {
        "branch": given.get("branch") or here.slug,
        "first": first,
        "last": given.get("last") or first,
    }
    return RentDaysForm(branches, today, start)


def _payable(days: RentDaysForm, quote: Quote | None) -> RentForm | None:
    """The form that pays these days; a new reference, so that it is one rental."""
    if quote is None or quote.refusal:
        return None
    offered = payment_choices.ways(at_desk=True)
    start = {
        **days.cleaned_data,
        "reference": references.new(),
        "total": quote.total_minor,
        "pay": next(iter(offered)),
    }
    return RentForm(
        payment_choices.choices(offered),
        days.branches,
        days.today,
        initial=start,
        auto_id="pay_%s",
    )
