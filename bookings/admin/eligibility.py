"""Why can't I book? What every rule says of one member and one session."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from bookings import rules
from bookings.models import Booking, ClassSession
from bookings.queries import eligibility, session_picker
from gymsite.backoffice import NamedField
from gymsite.core.models import User
from gymsite.core.periods import when


class WhyForm(forms.Form):
    """A member and a session that the person may see."""

    member = NamedField(of=Booking._meta.get_field("member"))
    session = NamedField(
        of=Booking._meta.get_field("session"), help_text=session_picker.HELP
    )

    def __init__(self, data: Any, *, site: Any, request: HttpRequest) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.open_to(request, site)


def why_view(model_admin: Any) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("bookings.why_classsession"):
            raise PermissionDenied
        asked = "member" in request.GET and "session" in request.GET
        form = WhyForm(
            request.GET if asked else None, site=model_admin.admin_site, request=request
        )
        context = model_admin.admin_site.each_context(request) | {
            "title": "Why can't I book?",
            "form": form,
            "opts": model_admin.opts,
            "media": model_admin.media + form.media,
            **(_answer(**form.cleaned_data) if asked and form.is_valid() else {}),
        }
        return TemplateResponse(request, "admin/bookings/why.html", context)

    return view


def _answer(member: User, session: ClassSession) -> dict[str, Any]:
    facts = eligibility.facts(
        session_id=session.pk, member_id=member.pk, now=timezone.now()
    )
    traced = rules.trace(facts, rules.BOOKING)
    first = next((name for name, refusal in traced if refusal), None)
    return {
        "member": member,
        "session": session,
        "refused": first is not None,
        "trace": [
            {
                "rule": name.replace("_", " ").capitalize(),
                "refusal": refusal,
                "first": name == first,
            }
            for name, refusal in traced
        ],
        "facts": shown(facts),
    }


def shown(facts: rules.Facts) -> list[tuple[str, str]]:
    """The values that the rules looked at, by the clock of the session."""
    session, zone = facts.session, facts.session.zone
    lines = [
        (
            "Session",
            f"{session.name}, {when(session.starts_at, zone)}, {session.status}",
        ),
        (
            "Places",
            (
                f"{session.booked_count} of {session.capacity} taken, "
                f"{session.waitlist_length} waiting"
            ),
        ),
        ("Booking opens", when(rules.opens_at(facts), zone)),
        ("Free to cancel until", when(rules.free_until(facts), zone)),
        ("Account", "open" if facts.account_open else "closed"),
        (
            "Policy",
            f"version {facts.policy.id}, opens {facts.policy.window_days} days ahead",
        ),
    ]
    lines += [
        ("Membership", _cover(entitlement)) for entitlement in facts.entitlements
    ] or [("Membership", "none")]
    if facts.clash:
        lines.append(
            (
                "Booked at that time",
                f"{facts.clash.name}, {when(facts.clash.starts_at, zone)}",
            )
        )
    return lines


def _cover(entitlement: Any) -> str:
    until = f" to {entitlement.ends_on}" if entitlement.ends_on else ""
    used = (
        "no limit"
        if entitlement.limit is None
        else f"{entitlement.used} of {entitlement.limit} used"
    )
    held = f"from {entitlement.starts_on}{until}"
    return f"{entitlement.plan_name}, {entitlement.status}, {held}, {used}"
