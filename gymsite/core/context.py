"""What the base template needs on every page, read only when a page is drawn."""

from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.functional import SimpleLazyObject

from gymsite.core.queries.frame import Frame, frame

THEMES = {"light", "dark"}


class Link(NamedTuple):
    """One entry of the header, which phones show as a bar."""

    name: str
    label: str
    icon: str
    url: object


TIMETABLE = Link("timetable", "Timetable", "calendar", reverse_lazy("timetable"))
BOOKINGS = Link("bookings", "Bookings", "ticket", reverse_lazy("my-bookings"))
CODE = Link("checkin-code", "Check in", "qr", reverse_lazy("checkin-code"))
DESK = Link("desk", "Check in", "qr", reverse_lazy("admin:bookings_checkin_desk"))
MEMBERSHIP = Link("membership", "Membership", "card", reverse_lazy("membership"))
TEACHING = Link("teaching", "Teaching", "board", reverse_lazy("teaching"))
TRAINERS = Link("trainers", "Trainers", "people", reverse_lazy("trainers"))
KIOSK = Link("kiosk", "Kiosk", "door", reverse_lazy("kiosk"))
ADMIN = Link("admin", "Admin", "board", reverse_lazy("admin:index"))
SHOP = Link("shop", "Shop", "basket", reverse_lazy("shop"))
PLANS = Link("plans", "Plans", "card", reverse_lazy("plans"))

LINKS = {
    "visitor": (TIMETABLE, TRAINERS, SHOP, PLANS),
    "member": (TIMETABLE, BOOKINGS, CODE, SHOP, MEMBERSHIP),
    "staff": (TIMETABLE, KIOSK, DESK, SHOP, ADMIN),
    "trainer": (TEACHING, TIMETABLE, BOOKINGS, CODE, SHOP),
}


def audience_of(user) -> str:
    """Whose links the header shows: a key of LINKS."""
    if not user.is_authenticated:
        return "visitor"
    if user.is_staff:
        return "staff"
    return "trainer" if user.role == "trainer" else "member"


def site(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``frame`` and ``theme``. A view that has read the frame sets ``request.frame``."""
    theme = request.COOKIES.get("theme")
    return {
        "frame": SimpleLazyObject(lambda: _frame(request)),
        "theme": theme if theme in THEMES else "",
    }


def _frame(request: HttpRequest) -> Frame:
    known = getattr(request, "frame", None)
    return known or frame(request.user.pk)
