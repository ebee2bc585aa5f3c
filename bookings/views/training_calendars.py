"""A trainer's own week as a calendar: a private feed.

Its address holds a secret that is made of that of the person's own calendar and can't
be worked out from it, so that who was given the one has not the other. A new address
is one of both.
"""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from bookings.models import Trainer
from bookings.queries import training_week as reads
from bookings.queries.training_week import TrainerTime
from bookings.training_icalendars import calendar_of_trainer
from bookings.views.training_pages import trainer_page, training_page
from gymsite.core.errors import NotFound
from gymsite.core.operations.users import new_calendar_token
from gymsite.web.http import MemberRequest

CALENDAR = "text/calendar; charset=utf-8"
# Raise it when training_icalendars.py writes otherwise.
FORMAT = 1
KEPT, AHEAD = 60, 120  # days


def secret_of(trainer: Trainer) -> str:
    """Empty where the person has no calendar's address."""
    own = trainer.user.calendar_token
    if not own:
        return ""
    made = salted_hmac("gymsite.teaching", f"{trainer.pk} {own}", algorithm="sha256")
    return made.hexdigest()


@require_safe
@trainer_page
def training_calendar(request: MemberRequest, me: Trainer) -> HttpResponse:
    me.user = request.user
    secret, address = secret_of(me), ""
    if secret:
        path = reverse("training-feed", args=[me.pk, secret])
        address = settings.SITE_URL + path
    context = {"address": address, "webcal": "webcal" + address[address.find(":") :]}
    return training_page(request, "training_calendar.html", "calendar", context)


@require_POST
@trainer_page
def reset(request: MemberRequest, me: Trainer) -> HttpResponse:
    new_calendar_token(user_id=me.user_id)
    messages.success(request, "A new address. An old one is dead.")
    return redirect("training-calendar")


@require_safe
def feed(request: HttpRequest, trainer_id: int, token: str) -> HttpResponse:
    times = _shown(_owner(trainer_id, token))
    digest = hashlib.sha256(repr((FORMAT, times)).encode()).hexdigest()
    etag = quote_etag(digest)
    answer = get_conditional_response(request, etag=etag)
    if answer is None:
        text = calendar_of_trainer(times, settings.SITE_URL)
        answer = HttpResponse(text, content_type=CALENDAR)
    answer["ETag"] = etag
    patch_cache_control(answer, private=True, max_age=300)
    return answer


def _owner(trainer_id: int, token: str) -> Trainer:
    """Whose feed has this address; a closed account has none. Raises NotFound."""
    owners = Trainer.objects.select_related("user", "branch").filter(pk=trainer_id)
    owner = owners.filter(user__is_active=True).first()
    secret = secret_of(owner) if owner else ""
    if owner is None or not secret or not constant_time_compare(secret, token):
        raise NotFound(
            "There is no such calendar.",
            remedy="Its owner may have given it a new address.",
        )
    return owner


def _shown(owner: Trainer) -> list[TrainerTime]:
    first = owner.branch.today(timezone.now()) - timedelta(days=KEPT)
    found = reads.times(owner.pk, first, KEPT + AHEAD)
    return [one for one in found if one.kind in ("class", "appointment")]
