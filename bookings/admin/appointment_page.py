"""The page on which staff book a trainer's time for a client.

Its first button shows who is free, its second one books.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from bookings.admin.free_times import Slot, SlotField, by_day, by_trainer
from bookings.models import Appointment, Availability, Service, Trainer
from bookings.operations.appointments import book_appointment
from bookings.queries import availability
from bookings.ways_to_pay import of_staff, usual
from gymsite.backoffice import NamedField
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.periods import FURTHEST, instant, local_day, when
from gymsite.payments.queries.payment_choices import Way, choices
from gymsite.web.fields import DayField, DayInput
from gymsite.web.forms import add_errors

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
AT = (
    "With a trainer named: also at short notice, far ahead and between the usual hours."
)


def of(name: str) -> Any:
    return Appointment._meta.get_field(name)


class BookingForm(forms.Form):
    """Who, what, with whom and when."""

    client = NamedField(
        of=of("client"), help_text="A name, e-mail address, phone or member number."
    )
    service = forms.ModelChoiceField(Service.objects.none(), empty_label="Choose")
    branch = forms.ModelChoiceField(Branch.objects.none(), empty_label=None)
    trainer = NamedField(
        of=of("trainer"), help_text="Empty: everybody who is free on that day."
    )
    day = DayField(widget=DayInput)
    slot = SlotField(label="Free times")
    at = forms.TimeField(
        required=False, widget=TIME, label="Another time of that day", help_text=AT
    )
    room = NamedField(of=of("room"))
    # to choose once it is known what it costs and what its client has
    pay = forms.CharField(
        required=False, widget=forms.HiddenInput, label="How it is paid"
    )
    note = forms.CharField(max_length=500, required=False)

    def __init__(
        self, data: Any, *, request: HttpRequest, site: Any, now: datetime
    ) -> None:
        self.request, self.site, self.now = request, site, now
        super().__init__(data)
        for name in ("trainer", "room"):
            self.fields[name].required = False
        for field in self.fields.values():
            if isinstance(field, NamedField):
                field.open_to(request, site)
        for name, model in (("branch", Branch), ("service", Service)):
            seen = site.get_model_admin(model).get_queryset(request)
            self.fields[name].queryset = seen.filter(is_active=True)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if abs(day - self.now.date()) > FURTHEST:
            raise forms.ValidationError("Choose a day within 400 days.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"client", "service", "branch", "day"} <= cleaned.keys():
            self._offer(cleaned)
            self._offer_ways(cleaned)
            if "book" in self.data and not self.errors:
                cleaned["when"] = self._when(cleaned)
        return cleaned

    def _offer(self, cleaned: dict[str, Any]) -> None:
        branch, trainer = cleaned["branch"], cleaned.get("trainer")
        free = availability.free_slots(
            branch=branch,
            service=cleaned["service"],
            first=cleaned["day"],
            days=7 if trainer else 1,
            trainer_id=trainer.pk if trainer else None,
            client_id=cleaned["client"].pk,
            now=self.now,
        )
        groups = (
            [day for one in free for day in by_day(one, branch.zone)]
            if trainer
            else by_trainer(free, branch.zone)
        )
        self.fields["slot"].offer(groups)

    def _offer_ways(self, cleaned: dict[str, Any]) -> None:
        """Those of the client at that branch and day; nothing for what is free."""
        offered: dict[str, Way] = {}
        if cleaned["service"].price_minor:
            client, branch = cleaned["client"], cleaned["branch"]
            offered = of_staff(client.pk, branch.pk, cleaned["day"])
        if offered:
            self.fields["pay"].widget = forms.RadioSelect(choices=choices(offered))
        pay = cleaned["pay"]
        if pay not in offered:
            cleaned["pay"] = usual(offered)
            self.data = {**dict(self.data.items()), "pay": usual(offered)}
            if offered and pay and "book" in self.data:
                self.add_error("pay", "Choose how it is paid.")

    def _when(self, cleaned: dict[str, Any]) -> Slot | None:
        slot, at, trainer = cleaned["slot"], cleaned["at"], cleaned["trainer"]
        if bool(slot) == bool(at) or (at and not trainer):
            self.add_error("slot", "Choose a free time, or a trainer and another time.")
        elif at:
            return trainer.pk, instant(cleaned["day"], at, cleaned["branch"].zone)
        elif self._is_here(slot[0], cleaned["branch"]):
            return slot
        else:
            self.add_error("slot", "Choose one of the times shown.")
        return None

    def _is_here(self, trainer_id: int, branch: Branch) -> bool:
        """Whether the person sees the trainer, or the trainer has hours there."""
        seen = self.site.get_model_admin(Trainer).get_queryset(self.request)
        hours = Availability.objects.filter(trainer=trainer_id, branch=branch)
        return seen.filter(pk=trainer_id).exists() or hours.exists()


def booking_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    now, site = timezone.now(), model_admin.admin_site
    given = request.POST if request.method == "POST" else _usual(request, now)
    form = BookingForm(given, request=request, site=site, now=now)
    wanted = form.is_valid() and "book" in request.POST
    if wanted and (booked := _booked(model_admin, request, form)):
        return HttpResponseRedirect(
            reverse("admin:bookings_appointment_change", args=[booked.pk])
        )
    if not request.POST:  # nobody has asked for anything yet
        form.errors.clear()
    context = site.each_context(request) | {
        "title": "Book an appointment",
        "form": form,
        "opts": model_admin.opts,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/bookings/appointment.html", context)


def _usual(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What stands there at first: tomorrow, and whom a link named."""
    tomorrow = local_day(now, timezone.get_current_timezone()) + timedelta(days=1)
    named = {name: request.GET.get(name, "") for name in ("client", "trainer")}
    return {**named, "branch": request.user.home_branch_id, "day": tomorrow}


def _booked(
    model_admin: Any, request: HttpRequest, form: BookingForm
) -> Appointment | None:
    """What was booked; a refusal goes into the form."""
    given = form.cleaned_data
    trainer_id, starts_at = given["when"]
    try:
        booked = book_appointment(
            trainer_id=trainer_id,
            service_id=given["service"].pk,
            branch_id=given["branch"].pk,
            client_id=given["client"].pk,
            starts_at=starts_at,
            room_id=given["room"].pk if given["room"] else None,
            source=Appointment.Source.STAFF,
            pay_by=given["pay"],
            actor_id=request.user.pk,
            note=given["note"],
            now=form.now,
        )
    except DomainError as refusal:
        add_errors(form, refusal)
        return None
    model_admin.log_addition(request, booked, "Booked.")
    said = f"{given['client']} on {when(starts_at, given['branch'].zone)}"
    messages.success(
        request,
        f"{said}: {references.shown(booked.reference)}, "
        f"{booked.get_status_display().lower()}.",
    )
    return booked
