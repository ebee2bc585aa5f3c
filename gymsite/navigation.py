"""The menus of the site, and the template tags that draw them.

The menus hold the links of every app.
"""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bookings import navigation as bookings
from catalog import navigation as catalog
from gymsite.payments import navigation as payments
from gymsite.web import navigation as core
from gymsite.web.navigation import Link, audience_of
from memberships import navigation as memberships

ADMIN = Link("admin", "Admin", "board", "admin:index")

# by audience; phones show the first five as a bar
HEADER = {
    "visitor": (bookings.TIMETABLE, bookings.TRAINERS, catalog.SHOP, memberships.PLANS),
    "member": (
        bookings.TIMETABLE,
        bookings.TRAINERS,
        bookings.BOOKINGS,
        bookings.CODE,
        catalog.SHOP,
        memberships.MEMBERSHIP,
    ),
    "staff": (bookings.TIMETABLE, bookings.KIOSK, bookings.DESK, catalog.SHOP, ADMIN),
    "trainer": (
        bookings.TEACHING,
        bookings.TIMETABLE,
        bookings.BOOKINGS,
        bookings.CODE,
        catalog.SHOP,
    ),
}
FOOT = (memberships.PLANS, bookings.TRAINERS, core.CONTACT, core.TERMS, core.PRIVACY)
FOOT_OF_STAFF = (bookings.KIOSK, ADMIN)
MENUS = {
    "profile": (
        *(
            memberships.MEMBERSHIP.called("My membership"),
            catalog.ORDERS,
            catalog.RENTALS,
        ),
        *(bookings.VISITS, bookings.CALENDAR),
        *(bookings.TRAINERS, bookings.FREE_TIMES),
    ),
    "membership": (
        memberships.PLANS.called("Plans and class packs"),
        catalog.ORDERS,
        catalog.RENTALS,
    ),
    "refusal": (bookings.BOOKINGS.called("My bookings"),),
    # of the back office
    "staff": (
        *(
            bookings.DESK,
            bookings.SESSION_LIST,
            bookings.BOOKING_LIST,
            payments.TO_TAKE,
        ),
        *(catalog.TO_PACK, catalog.PURCHASES, bookings.WHY),
    ),
    "member": (
        *(bookings.BOOKING_LIST, bookings.WAITLISTS, memberships.MEMBERSHIPS),
        *(payments.PAYMENTS, bookings.CHECK_INS),
    ),
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
    return _foot(context["page_header"].name, context["user"].is_staff)


@lru_cache(maxsize=200)
def _nav(audience: str, section: str) -> SafeString:
    return render_to_string(
        "includes/nav.html", {"links": HEADER[audience], "section": section}
    )


@lru_cache(maxsize=20)
def _foot(name: str, is_staff: bool) -> SafeString:
    of_staff = FOOT_OF_STAFF if is_staff else ()
    return render_to_string(
        "includes/foot.html", {"name": name, "links": FOOT, "of_staff": of_staff}
    )
