"""Class types, weekly classes and sessions."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone

from bookings.admin import parents, session_actions
from bookings.admin.eligibility import why_view
from bookings.models import (
    Booking,
    ClassSession,
    ClassType,
    GymClass,
    WaitlistEntry,
)
from bookings.operations.sessions import begin_class
from bookings.queries import session_picker, staff
from gymsite.backoffice import BY_NAME, BranchScoped, StaffAdmin, branch_filter
from gymsite.backoffice.forms import StaffForm
from gymsite.backoffice.links import link_line
from gymsite.backoffice.lists import KeysetChangeList
from gymsite.core.periods import day_name, local_day, when
from gymsite.core.search import LONGEST
from gymsite.core.text import is_key


@admin.register(ClassType)
class ClassTypeAdmin(StaffAdmin):
    keyset = BY_NAME
    list_display = ("name", "subject", "minutes")
    search_fields = ("name", "subject")

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: ClassType | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}


class SessionlessFilter(admin.SimpleListFilter):
    """Active classes without a session in the next seven days; a tile links here."""

    title = "what it needs"
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("session", "A session")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return (
            queryset & staff.without_session(timezone.now())
            if self.value() == "session"
            else queryset
        )


class SessionlessList(KeysetChangeList):
    """Classes; those without a session say why."""

    def _show(self, rows: list[GymClass]) -> None:
        if self.params.get(SessionlessFilter.parameter_name) == "session":
            said = staff.why_without_session(rows, timezone.now())
            for row in rows:
                row.why_none = said[row.pk]  # type: ignore[attr-defined]
        super()._show(rows)


@admin.register(GymClass)
class GymClassAdmin(BranchScoped):
    """The weekly slot. What is changed here concerns sessions that are not made yet;
    missing ones are made at once."""

    keyset = ("-id",)
    list_display = (
        "name",
        "code",
        "weekday",
        "starts",
        "room",
        "trainer",
        "capacity",
        "status",
        "branch",
    )
    list_display_links = ("name", "code")
    list_filter = (SessionlessFilter, "weekday", "status", branch_filter())
    list_select_related = ("room", "trainer__user", "branch")
    search_fields = ("name", "code")
    autocomplete_fields = ("class_type", "room", "trainer")
    readonly_fields = ("status",)
    row_actions = parents.CLASS_ACTIONS
    # what a session takes over when it is made
    FOLLOWED = ("room", "trainer", "capacity")

    def get_form(
        self,
        request: HttpRequest,
        obj: GymClass | None = None,
        change: bool = False,
        **kwargs: Any,
    ):
        """Beside what sessions take over stands which of them a change reaches."""
        form = super().get_form(request, obj, change, **kwargs)
        said = _reach(obj, timezone.now()) if obj else ""
        for name in self.FOLLOWED:
            if said and name in form.base_fields:
                form.base_fields[name].help_text = said
        return form

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[KeysetChangeList]:
        return SessionlessList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The start page's tile comes for the reasons."""
        asked = request.GET.get(SessionlessFilter.parameter_name) == "session"
        return (*self.list_display, "why_none") if asked else self.list_display

    @admin.display(description="why")
    def why_none(self, obj: GymClass) -> str:
        return getattr(obj, "why_none", "")

    def save_model(
        self, request: HttpRequest, obj: GymClass, form: StaffForm, change: bool
    ) -> None:
        """A class that lacks sessions gets them now; whoever saved it reads how many,
        or what is in their way.

        And which of those that were there before a change does not reach.
        """
        now = timezone.now()
        if (
            change
            and set(self.FOLLOWED) & set(form.changed_data)
            and (said := _reach(obj, now))
        ):
            sessions = reverse("admin:bookings_classsession_changelist")
            ahead = f"{sessions}?gym_class__id__exact={obj.pk}"
            context = {"said": said, "ahead": ahead}
            messages.info(
                request, render_to_string("admin/bookings/_not_reached.html", context)
            )
        super().save_model(request, obj, form, change)
        made = begin_class(gym_class_id=obj.pk, now=now)
        if made:
            messages.info(
                request, f"{made} sessions are made, at {obj.starts:%H:%M} each week."
            )
        elif not obj.sessions.filter(starts_at__gt=now).exists():
            messages.warning(
                request,
                f"No session is made. {staff.why_without_session([obj], now)[obj.pk]}",
            )

    def get_readonly_fields(
        self, request: HttpRequest, obj: GymClass | None = None
    ) -> tuple[str, ...]:
        """A class that has sessions keeps its slot: members booked that time. To move
        it, end it and add another."""
        fixed = (
            ("branch", "weekday", "starts", "minutes")
            if obj and obj.sessions.exists()
            else ()
        )
        return (*super().get_readonly_fields(request, obj), *fixed)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ):
        """Offer only what is in use, and what the class has already."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name in ("branch", "room", "trainer") and field is not None:
            at = request.resolver_match
            key = at.kwargs.get("object_id", "") if at else ""
            edited = GymClass.objects.filter(pk=key if is_key(key) else None)
            edited = edited.values(db_field.name)
            field.queryset = field.queryset.filter(Q(is_active=True) | Q(pk__in=edited))
        return field


def _reach(gym_class: GymClass, now: datetime) -> str:
    """Which sessions a change of the class does not reach; empty if none is made."""
    count, last = staff.made_ahead(gym_class.pk, now)
    if last is None:
        return ""
    are = f"{count} sessions are" if count > 1 else "1 session is"
    keep = "They keep what they have" if count > 1 else "It keeps what it has"
    return (
        f"{are} made ahead, the last on {day_name(last)}. {keep}; a change reaches "
        "those after it."
    )


class WhenFilter(admin.SimpleListFilter):
    """Sessions by time; without a choice those ahead (bookings_session_by_time)."""

    title = "time"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("week", "Next 7 days"),
            ("past", "Past 7 days"),
            ("all", "From the beginning"),
        ]

    def choices(self, changelist: Any):
        ahead, *others = super().choices(changelist)
        yield ahead | {"display": "Ahead"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now, week = timezone.now(), timedelta(days=7)
        spans = {
            None: Q(starts_at__gte=now - timedelta(hours=2)),
            "week": Q(starts_at__gte=now, starts_at__lt=now + week),
            "past": Q(starts_at__gte=now - week, starts_at__lt=now),
        }
        return queryset.filter(spans.get(self.value(), Q()))


class NeedsFilter(admin.SimpleListFilter):
    """What the start page counts: the tiles of sessions link here."""

    title = "what it needs"
    parameter_name = "needs"
    NEEDS = {
        "trainer": staff.NEEDS_TRAINER,
        "filling": staff.PLACES_FOR_THE_WAITING,
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("trainer", "A trainer"), ("filling", "Places for those waiting")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(self.NEEDS.get(self.value(), Q()))


def places_left(row: ClassSession) -> str:
    if row.status == ClassSession.Status.CANCELLED:
        return "called off"
    left = row.capacity - row.booked_count
    return (
        f"{left} of {row.capacity} left"
        if left
        else f"full, {row.waitlist_length} waiting"
    )


@admin.register(ClassSession)
class ClassSessionAdmin(BranchScoped):
    """One date of a class. Its time, room and trainer follow from the class; only
    operations change what is booked."""

    keyset = ("starts_at", "id")
    list_display = (
        "starts",
        "name",
        "trainer_shown",
        "room",
        "places",
        "waiting",
        "status",
        "branch",
    )
    list_display_links = ("starts", "name")
    list_filter = (WhenFilter, NeedsFilter, "status", branch_filter())
    list_select_related = ("gym_class", "trainer", "room", "branch", "substitute_for")
    search_fields = ("gym_class",)
    search_help_text = "A class's name or code, or a trainer's name."
    links = ("gym_class__id__exact", "trainer__id__exact")
    readonly_fields = (
        "gym_class",
        "branch",
        "starts",
        "ends",
        "room",
        "trainer",
        "substitute_for",
        "status",
        "places",
        "waiting",
        "people",
        "cancel_reason",
    )
    fields = (*readonly_fields, "topic")
    row_actions = session_actions.ACTIONS

    def get_urls(self) -> list:
        why = self.admin_site.admin_view(why_view(self))
        return [
            path("why/", why, name="bookings_classsession_why"),
            *super().get_urls(),
        ]

    def suggested(self, request: HttpRequest, term: str) -> QuerySet:
        """By day and time of day as people say them; nothing typed: what is next
        (queries.session_picker)."""
        now = timezone.now()
        today = local_day(now, timezone.get_current_timezone())
        text = term.replace("\0", "")[:LONGEST]
        return session_picker.suggested(
            self.get_queryset(request), text, now=now, today=today
        )

    def as_choice(self, row: ClassSession) -> str:
        said = (
            f"{when(row.starts_at, row.zone)} · {row.gym_class.name} with "
            f"{row.trainer} · {places_left(row)}"
        )
        return f"{said} · {row.branch}"

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(session_picker.named(text))

    def events_of(self, row: ClassSession) -> Q:
        """The session's own events and those of its bookings and waitlist."""
        bookings = Booking.objects.filter(session=row).values("pk")
        entries = WaitlistEntry.objects.filter(session=row).values("pk")
        return (
            super().events_of(row)
            | Q(subject="booking", subject_id__in=bookings)
            | Q(subject="waitlistentry", subject_id__in=entries)
        )

    def named(self, row: ClassSession) -> str:
        return f"{row.gym_class.name}, {when(row.starts_at, row.zone)}"

    @admin.display(description="starts")
    def starts(self, obj: ClassSession) -> str:
        return when(obj.starts_at, obj.zone)

    @admin.display(description="ends")
    def ends(self, obj: ClassSession) -> str:
        return when(obj.ends_at, obj.zone)

    @admin.display(description="class")
    def name(self, obj: ClassSession) -> str:
        return obj.gym_class.name

    @admin.display(description="trainer")
    def trainer_shown(self, obj: ClassSession) -> str:
        return (
            f"{obj.trainer} (substitute)" if obj.substitute_for_id else str(obj.trainer)
        )

    @admin.display(description="places")
    def places(self, obj: ClassSession) -> str:
        return f"{obj.booked_count} of {obj.capacity}"

    @admin.display(description="waiting")
    def waiting(self, obj: ClassSession) -> int:
        return obj.waitlist_length

    @admin.display(description="people")
    def people(self, obj: ClassSession) -> str:
        its = f"?session__id__exact={obj.pk}"
        return link_line(
            (f"../../../booking/{its}", "Bookings"),
            (f"../../../waitlistentry/{its}", "Waitlist"),
        )
