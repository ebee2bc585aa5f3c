"""My membership, the plans on sale, and enrolling in one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from gymsite.core.errors import DomainError, NotFound
from gymsite.core.periods import day_name
from gymsite.web import intents
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest
from memberships.forms import EnrolForm
from memberships.models import Plan
from memberships.operations.memberships import end_membership, enroll
from memberships.queries import base_of, entitlements_of_today, of_member, on_sale
from memberships.words import entitlement_card, greeting, membership_line, plan_card

MOST_SHOWN = 50


@require_safe
@member_page
def membership(request: MemberRequest) -> HttpResponse:
    today, held = entitlements_of_today(request.user.pk, timezone.now())
    ended = of_member(request.user.pk).filter(status="ended")[:MOST_SHOWN]
    context = {
        "section": "membership",
        "cards": [entitlement_card(entitlement, today) for entitlement in held],
        "ended": [membership_line(one) for one in ended],
    }
    return render(request, "memberships/membership.html", context)


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    held = base_of(request.user.pk) if request.user.is_authenticated else None
    cards = [plan_card(plan) for plan in on_sale()[:MOST_SHOWN]]
    next_path = _leads_on(request)
    context = {
        "section": "plans",
        "next": next_path,
        "wish": intents.intent_of(next_path),
        "bases": [card for card in cards if card["is_base"]],
        "packs": [card for card in cards if not card["is_base"]],
        "held_id": held.plan_id if held else None,
    }
    return render(request, "memberships/plans.html", context)


@require_safe
@member_page
def plan(request: MemberRequest, slug: str) -> HttpResponse:
    form = EnrolForm(initial={"branch": request.user.home_branch_id})
    return _plan_page(request, _on_sale(slug), form)


@require_POST
@member_page
def join_plan(request: MemberRequest, slug: str) -> HttpResponse:
    chosen, form = _on_sale(slug), EnrolForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, chosen, form, status=422)
    user, branch = request.user, form.cleaned_data["branch"]
    try:
        held = enroll(
            member_id=user.pk,
            plan_id=chosen.pk,
            branch_id=branch.pk,
            actor_id=user.pk,
            now=timezone.now(),
        )
    except DomainError as refusal:
        return _plan_page(request, chosen, form, refusal, refusal.status)
    messages.success(request, f"Welcome to {chosen.name}. {greeting(held)}")
    return redirect(_leads_on(request) or "membership")


@require_POST
@member_page
def end(request: MemberRequest, membership_id: int) -> HttpResponse:
    now = timezone.now()
    ended = end_membership(
        membership_id=membership_id,
        member_id=request.user.pk,
        actor_id=request.user.pk,
        now=now,
    )
    last = f"It ends on {day_name(ended.ends_on)}. " if ended.ends_on else ""
    messages.success(request, f"{last}What you booked stays booked.")
    return redirect("membership")


@require_safe
@member_page
def confirm_end(request: MemberRequest, membership_id: int) -> HttpResponse:
    found = (
        of_member(request.user.pk)
        .filter(pk=membership_id)
        .exclude(status="ended")
        .first()
    )
    if found is None:
        raise NotFound(
            "You have no such membership.", remedy="Look at your memberships."
        )
    return render(
        request, "memberships/end.html", {"section": "membership", "membership": found}
    )


def _leads_on(request: HttpRequest) -> str:
    """The page that somebody chooses a plan for, or an empty string."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    return path if intents.leads_on(path) else ""


def _on_sale(slug: str) -> Plan:
    found = on_sale().filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such plan on sale.", remedy="Look at the plans.")
    return found


def _plan_page(
    request: MemberRequest,
    chosen: Plan,
    form: EnrolForm,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "section": "plans",
        "next": _leads_on(request),
        "plan": chosen,
        "card": plan_card(chosen),
        "form": form,
        "refusal": refusal,
        "held": base_of(request.user.pk) if chosen.is_base else None,
    }
    return render(request, "memberships/plan.html", context, status=status)
