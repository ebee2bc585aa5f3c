"""Every page of the site from its own table of addresses.

It is filled with rows that exist, so a new page is in at once.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from bookings.models import Appointment, Booking, ClassSession
from catalog.models import Category, Order, Product, PurchaseOrder, Rental, RentalKind
from gymsite.core.models import Notification, User
from gymsite.core.operations.users import new_calendar_token
from gymsite.notifications.mail_message import off_address
from gymsite.notifications.notice_kinds import topics
from gymsite.partners.models import ApiKey, Partner
from memberships.models import Membership, Plan
from tests.admin_rows import a_bit_of_everything
from tests.factories import UserFactory

OURS = "allauth.account.auth_backends.AuthenticationBackend"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# of the log-in library, which writes two addresses as regular expressions
SPELLED = ("account/confirm-email/{key}/", "account/password/reset/key/{uidb36}-{key}/")
OTHERS = {"healthz", "readyz", "robots.txt"}  # no page of the site


@dataclass(frozen=True)
class Site:
    """A gym with a row of everything, and the people who look at it.

    ``real`` has a value that exists for each parameter of an address, where need be by
    the first part of the address.
    """

    people: dict[str, User]
    real: dict[tuple[str, str] | str, Any]
    cookies: dict[str, Any] = field(default_factory=dict)

    def filled(self, template: str, **instead: str) -> str:
        first = template.split("/")[1 if template.startswith("shop/") else 0]
        return "/" + PARAMETER.sub(
            lambda found: instead.get(found[1]) or self._real(first, found[1]), template
        )

    def _real(self, first: str, name: str) -> str:
        return str(
            self.real[first, name] if (first, name) in self.real else self.real[name]
        )

    def client(self, who: str) -> Client:
        """A browser of one of the people, as it is after the log-in.

        ``""`` is a stranger.
        """
        client = Client(raise_request_exception=False)
        if who and who not in self.cookies:
            client.force_login(self.people[who], backend=OURS)
            self.cookies[who] = deepcopy(client.cookies)
        if who:
            client.cookies = deepcopy(self.cookies[who])
        return client


def gym() -> Site:
    owner = UserFactory(username="olu", role="owner")
    a_bit_of_everything(owner)
    session = ClassSession.objects.get()
    booking = Booking.objects.get()
    member, trainer = booking.member, session.trainer
    new_calendar_token(user_id=member.pk)
    member.refresh_from_db()
    appointment = Appointment.objects.get(client=member)
    product = Product.objects.exclude(reviews=None).get()
    real: dict[tuple[str, str] | str, Any] = {
        "session_id": session.pk,
        "notification_id": Notification.objects.filter(user=member).latest("id").pk,
        "membership_id": Membership.objects.get(member=member).pk,
        "product_id": product.pk,
        "username": member.username,
        "user_id": member.pk,
        "room_or_day": "monday",
        "gateway": "card",
        "trainer_id": trainer.pk,
        "appointment_id": appointment.pk,
        "payment_id": appointment.payment_id,
        "client_id": member.pk,
        "cart_id": member.carts.latest("id").pk,
        "order_id": PurchaseOrder.objects.get().pk,
        "digest": "0" * 64,
        "pk": 1,
        "key": "set-password",
        "uidb36": "1",
        "reference": booking.reference,
        ("orders", "reference"): Order.objects.get(cart__member=member).reference,
        ("rentals", "reference"): Rental.objects.get(member=member).reference,
        "note_id": 1,
        ("teaching", "token"): "unknown",
        "hours_id": trainer.availability.get().pk,
        "exception_id": trainer.exceptions.get().pk,
        ("teaching", "reference"): trainer.appointments.get().reference,
        ("calendar", "token"): member.calendar_token,
        ("mail", "token"): off_address(member.pk, topics()[0])
        .rstrip("/")
        .rpartition("/")[2],
        ("appointments", "reference"): appointment.reference,
        "branch": appointment.branch.slug,
        "service": appointment.service.slug,
        "trainer": appointment.trainer.slug,
        "start": f"{appointment.starts_at + timedelta(days=1):%Y-%m-%dT%H%MZ}",
        "slug": trainer.slug,
        ("partners", "slug"): Partner.objects.get().slug,
        "key_id": ApiKey.objects.get().pk,
        ("branches", "slug"): member.home_branch.slug,
        ("plans", "slug"): Plan.objects.earliest("id").slug,
        ("products", "slug"): product.slug,
        ("rentals", "slug"): RentalKind.objects.get().slug,
        ("<slug:slug>", "slug"): Category.objects.earliest("id").slug,
    }
    return Site({"member": member, "trainer": trainer.user, "owner": owner}, real)


def pages() -> Iterator[str]:
    """The addresses of all pages as their table has them, without API and admin.

    An example is ``classes/<int:session_id>/``.
    """
    for template in _templates(get_resolver()):
        if (
            not template.startswith(("api/", "admin/", "^", "account/^"))
            and template not in OTHERS
        ):
            yield template
    yield from (spelled.replace("{", "<").replace("}", ">") for spelled in SPELLED)


def _templates(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _templates(pattern, here)
        elif isinstance(pattern, URLPattern) and (
            isinstance(pattern.pattern, RoutePattern) or "^" in here
        ):
            yield here
