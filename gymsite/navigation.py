"""The menus of the site, from the links of every app, and the template tags that draw them."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bookings.navigation import (
    BOOKING_LIST,
    BOOKINGS,
    CALENDAR,
    CHECK_INS,
    CODE,
    DESK,
    KIOSK,
    SESSION_LIST,
    TEACHING,
    TIMETABLE,
    TRAINERS,
    VISITS,
    WAITLISTS,
    WHY,
)
from catalog.navigation import ORDERS, PURCHASES, RENTALS, SHOP, TO_PACK
from gymsite.core.navigation import CONTACT, PRIVACY, TERMS, Link, audience_of
from gymsite.payments.navigation import PAYMENTS, TO_TAKE
from memberships.navigation import MEMBERSHIP, MEMBERSHIPS, PLANS

ADMIN = Link("admin", "Admin", "board", "admin:index")

# by audience; phones show it as a bar, which has room for five
HEADER = {
    "visitor": (TIMETABLE, TRAINERS, SHOP, PLANS),
    "member": (TIMETABLE, BOOKINGS, CODE, SHOP, MEMBERSHIP),
    "staff": (TIMETABLE, KIOSK, DESK, SHOP, ADMIN),
    "trainer": (TEACHING, TIMETABLE, BOOKINGS, CODE, SHOP),
}
FOOT = (PLANS, TRAINERS, CONTACT, TERMS, PRIVACY)
FOOT_OF_STAFF = (KIOSK, ADMIN)
MENUS = {
    "profile": (MEMBERSHIP.called("My membership"), ORDERS, RENTALS, VISITS, CALENDAR, TRAINERS),
    "refusal": (BOOKINGS.called("My bookings"),),
    "back office": (DESK, SESSION_LIST, BOOKING_LIST, TO_TAKE, TO_PACK, PURCHASES, WHY),
    "member": (BOOKING_LIST, WAITLISTS, MEMBERSHIPS, PAYMENTS, CHECK_INS),
}

register = template.Library()


@register.simple_tag
def menu(name: str) -> tuple[Link, ...]:
    return MENUS[name]


@register.simple_tag(takes_context=True)
def nav(context: template.Context) -> SafeString:
    return _nav(audience_of(context["user"]), context.get("section", ""))


@register.simple_tag(takes_context=True)
def foot(context: template.Context) -> SafeString:
    return _foot(context["frame"].name, context["user"].is_staff)


@lru_cache(maxsize=200)
def _nav(audience: str, section: str) -> SafeString:
    return render_to_string("includes/nav.html", {"links": HEADER[audience], "section": section})


@lru_cache(maxsize=20)
def _foot(name: str, is_staff: bool) -> SafeString:
    of_staff = FOOT_OF_STAFF if is_staff else ()
    return render_to_string("includes/foot.html", {"name": name, "links": FOOT, "of_staff": of_staff})
