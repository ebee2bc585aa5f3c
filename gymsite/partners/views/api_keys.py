"""Making, rotating and ending a partner's API keys."""

from datetime import datetime

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from gymsite.core.errors import DomainError
from gymsite.core.periods import when
from gymsite.partners.access import partner_page
from gymsite.partners.errors import KeyNotFound
from gymsite.partners.forms import KeyForm, RotateForm
from gymsite.partners.models import ApiKey, Partner
from gymsite.partners.operations.api_keys import end_key, make_key, rotate_key
from gymsite.partners.queries.api_keys import of_partner
from gymsite.partners.views.partners import scopes_of
from gymsite.web.forms import add_errors
from gymsite.web.http import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page
def new(request: MemberRequest, partner: Partner) -> HttpResponse:
    now, form = timezone.now(), KeyForm(request.POST or None)
    if form.is_valid():
        try:
            key, secret = make_key(
                partner_id=partner.pk,
                **form.asked(now),
                actor_id=request.user.pk,
                now=now,
            )
        except DomainError as refusal:
            add_errors(form, refusal)
        else:
            return _shown_once(request, partner, key, secret)
    status = 422 if request.method == "POST" else 200
    context = {"partner": partner, "form": form}
    return render(request, "partners/new_key.html", context, status=status)


def _shown_once(
    request: MemberRequest, partner: Partner, key: ApiKey, secret: str
) -> HttpResponse:
    """No redirect: the secret is kept nowhere, so that only this answer has it."""
    context = {"partner": partner, "key": key, "secret": secret}
    return render(request, "partners/key_made.html", context)


@require_safe
@partner_page
def one(request: MemberRequest, partner: Partner, key_id: int) -> HttpResponse:
    return _page(request, partner, _live(partner, key_id, timezone.now()), RotateForm())


def _live(partner: Partner, key_id: int, now: datetime) -> ApiKey:
    key = of_partner(partner.pk).filter(pk=key_id).first()
    if key is None or (key.expires_at and key.expires_at <= now):
        raise KeyNotFound()
    return key


def _page(
    request: MemberRequest, partner: Partner, key: ApiKey, form: Form
) -> HttpResponse:
    zone = partner.branch.zone
    context = {
        "partner": partner,
        "key": key,
        "form": form,
        "opens": scopes_of(key),
        "made": when(key.created_at, zone),
        "used": when(key.last_used_at, zone) if key.last_used_at else "",
        "until": when(key.expires_at, zone) if key.expires_at else "",
    }
    status = 422 if form.is_bound else 200
    return render(request, "partners/api_key.html", context, status=status)


@require_POST
@partner_page
def rotate(request: MemberRequest, partner: Partner, key_id: int) -> HttpResponse:
    now, form = timezone.now(), RotateForm(request.POST)
    if not form.is_valid():
        return _page(request, partner, _live(partner, key_id, now), form)
    key, secret = rotate_key(
        key_id=key_id,
        partner_id=partner.pk,
        overlap=form.asked(),
        actor_id=request.user.pk,
        now=now,
    )
    return _shown_once(request, partner, key, secret)


@require_POST
@partner_page
def end(request: MemberRequest, partner: Partner, key_id: int) -> HttpResponse:
    """A second time changes nothing."""
    ended = end_key(
        key_id=key_id,
        partner_id=partner.pk,
        actor_id=request.user.pk,
        now=timezone.now(),
    )
    if ended is not None:
        messages.success(request, f"{ended.name} has ended.")
    return redirect("partner", partner.slug)
