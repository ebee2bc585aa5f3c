"""Trainers."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from bookings.admin import parents
from bookings.models import Service, Trainer
from bookings.operations.services import set_services
from bookings.operations.trainers import set_photo
from bookings.queries import appointments
from gymsite.backoffice import BY_NAME, Action, BranchScoped, branch_filter
from gymsite.backoffice.actions import ActionForm
from gymsite.web.pictures import NotAPicture, webp_of

PHOTO_SIDE = 640


def hours(request: HttpRequest, row: Trainer) -> str:
    """When they take appointments, what is otherwise, and what they have next."""
    now = timezone.now()
    otherwise = row.exceptions.filter(ends_at__gt=now).select_related("branch")
    context = {
        "trainer": row,
        "services": Service.objects.filter(given_by__trainer=row),
        "hours": row.availability.filter(is_active=True).order_by("weekday", "starts"),
        "otherwise": otherwise.order_by("starts_at")[:20],
        "ahead": appointments.next_ones(row.pk, now),
    }
    return render_to_string("admin/bookings/_hours.html", context)


class ServicesForm(ActionForm):
    """Ticked is what the trainer gives. Of what is offered no more only what is given
    still is shown."""

    services = forms.ModelMultipleChoiceField(
        Service.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if row := self.row():
            field = self.fields["services"]
            shown = Service.objects.filter(Q(is_active=True) | Q(given_by__trainer=row))
            field.queryset = shown.distinct()
            field.initial = list(row.gives.values_list("service", flat=True))


def give(
    request: HttpRequest, row: Trainer, given: dict[str, Any], now: datetime
) -> str:
    services = [one.pk for one in given["services"]]
    set_services(
        trainer_id=row.pk, service_ids=services, actor_id=request.user.pk, now=now
    )
    return f"{row} gives {len(services)} services."


SERVICES = Action(
    "services",
    "Services",
    give,
    form=ServicesForm,
    single=True,
    explain="What clients can book with them. What is booked already stays.",
)


class PhotoForm(ActionForm):
    """A photo that replaces the one before, or none any more."""

    upload = forms.FileField(
        required=False,
        label="Photo",
        help_text="JPEG, PNG or WebP, at most 8 MB.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    none = forms.BooleanField(required=False, label="Show the initials instead")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        upload = cleaned.get("upload")
        if bool(upload) == bool(cleaned.get("none")):
            self.add_error("upload", "Choose a photo, or the initials.")
        elif upload:
            try:
                cleaned["picture"] = webp_of(upload, upload.size, longest=PHOTO_SIDE)
            except NotAPicture as wrong:
                self.add_error("upload", str(wrong))
        return cleaned


def show(
    request: HttpRequest, row: Trainer, given: dict[str, Any], now: datetime
) -> str:
    picture = given.get("picture")
    set_photo(trainer_id=row.pk, picture=picture, actor_id=request.user.pk, now=now)
    return f"{row} is shown with {'this photo' if picture else 'initials'}."


PHOTO = Action(
    "photo",
    "Photo",
    show,
    form=PhotoForm,
    single=True,
    explain="Everybody sees it. What the camera wrote into the file is left out.",
)


@admin.register(Trainer)
class TrainerAdmin(BranchScoped):
    slug_route = "trainer"
    keyset = BY_NAME
    list_display = ("name", "branch", "user", "is_active")
    list_filter = ("is_active", branch_filter())
    list_select_related = ("branch", "user")
    search_fields = ("name", "slug")
    autocomplete_fields = ("user",)
    readonly_fields = ("is_active",)
    row_actions = (SERVICES, PHOTO, *parents.TRAINER_ACTIONS)
    cards = (hours,)

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Trainer | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}
