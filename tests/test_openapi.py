"""The whole OpenAPI document against the API itself, by schemathesis.

There are requests that fit it and requests that do not. Every run makes the same ones
(hypothesis derandomized, no example database). Each generated request is sent as it is,
where most ids are nobody's, and again with ids that exist. Each is undone, so that no
request finds another's rows.
"""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from bookings.operations.bookings import book_session
from bookings.operations.checkins import check_in
from bookings.operations.waitlist import join_waitlist
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.rentals import Wish, hand_out, rent
from gymsite.core.models import User
from gymsite.partners.models import Scope
from gymsite.partners.operations.api_keys import make_key
from gymsite.partners.operations.partners import add_delegate
from gymsite.partners.operations.sponsorships import sponsor_member
from gymsite.rest.openapi import UNKEYED
from gymsite.wsgi import application
from tests.api import token_for
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    GymClassFactory,
    MemberFactory,
    PartnerFactory,
    PlanFactory,
    ProductFactory,
    PurchaseOrderFactory,
    RentalUnitFactory,
    RoomFactory,
    SessionFactory,
    SupplierOfferFactory,
    UserFactory,
)

# one process: all fill SUCCEEDED
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("openapi")]

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
# a parameter that nobody knows is ignored, as everywhere on the web
schema.config.generation.allow_extra_parameters = False
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]
# On a run of the whole module each operation must also have succeeded; otherwise the
# requests tested only its refusals.
SUCCEEDED: set[tuple[str, str]] = set()
NOVEMBER = {"first": "2026-11-01", "last": "2026-11-30"}
SAID_BY_TRAINERS = tuple(
    f"/appointments/{{appointment_id}}/{said}"
    for said in ("accept", "decline", "check-in", "complete", "no-show")
)
# they take a token, or a signature, that is nowhere else
NEVER_BY_CHANCE = {
    ("post", "/api/v1/auth/refresh"),
    ("post", "/api/v1/users/confirm"),
    ("post", "/api/v1/payments/webhook/{gateway}"),
}


@pytest.fixture(autouse=True)
def connection_kept():
    """Leave the test's transaction open at a request's start and end.

    Django's own test client does the same.
    """
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def gym() -> dict[str, Any]:
    """A small gym around one member, who holds a place and came once.

    It also has a full session, the member's token and real ids.
    """
    now, member = timezone.now(), MemberFactory(username="ada")
    mine, free = SessionFactory(), SessionFactory(gym_class__starts=time(8))
    full = SessionFactory(gym_class__capacity=1, gym_class__starts=time(12))
    GymClassFactory(weekday=0, room=RoomFactory(number=12))
    book_session(session_id=full.pk, member_id=MemberFactory().pk, now=now)
    join_waitlist(session_id=full.pk, member_id=MemberFactory().pk, now=now)
    book_session(session_id=mine.pk, member_id=member.pk, now=now)
    check_in(
        member_id=member.pk, branch_id=member.home_branch_id, method="api", now=now
    )
    shop = stocked_shop(member, now)
    training = personal_training(member)
    purchase = PurchaseOrderFactory(lines=[(SupplierOfferFactory(), 5)])
    partner = sponsoring(member, now)
    return {
        "token": token_for(member),
        "managers_token": token_for(UserFactory(role="manager")),
        "path": {
            "session_id": mine.pk,
            "user_id": member.pk,
            "username": "ada",
            "room_or_day": "monday",
            "order_id": purchase.pk,
            **shop["path"],
            **training["path"],
        },
        "full": full.pk,
        "under_way": training["under_way"],
        "requests": training["requests"],
        "trainers_token": training["token"],
        "partners_key": partner["key"],
        "sponsorship": partner["sponsorship"],
        "query": training["query"],
        "body": {
            "session_id": free.pk,
            "plan_id": PlanFactory(pack=True).pk,
            **shop["body"],
            **training["body"],
        },
    }


def sponsoring(member: User, now: datetime) -> dict[str, str]:
    """The key of a partner that sponsors the member, and by what it knows them."""
    by = {"partner_id": PartnerFactory().pk, "actor_id": member.pk, "now": now}
    one = sponsor_member(member_id=member.pk, **by)
    add_delegate(user_id=member.pk, **by)
    _, key = make_key(name="Payroll", scopes=list(Scope), expires_at=None, **by)
    return {"key": key, "sponsorship": one.reference}


def personal_training(member: User) -> dict[str, Any]:
    """A trainer at work on every day, with an appointment of the member's ahead, two
    that are requested and one under way."""
    booked, now = AppointmentFactory(client=member), timezone.now()
    trainer = booked.trainer
    for weekday in range(7):
        AvailabilityFactory(trainer=trainer, weekday=weekday, ends=time())
    mine = {"trainer": trainer, "client": member, "service": booked.service}
    requested = [
        AppointmentFactory(**mine, status="requested", starts_at=booked.starts_at + day)
        for day in (timedelta(days=1), timedelta(days=3))
    ]
    began = now - timedelta(minutes=10)
    under_way = AppointmentFactory(**mine, starts_at=began)
    free = booked.starts_at + timedelta(days=2)
    return {
        "token": token_for(trainer.user),
        "requests": {
            said: one.pk
            for said, one in zip(("accept", "decline"), requested, strict=True)
        },
        "under_way": under_way.pk,
        "path": {
            "appointment_id": booked.pk,
            "payment_id": booked.payment_id,
            "trainer_id": trainer.pk,
            "client_id": member.pk,
        },
        "body": {
            "trainer_id": trainer.pk,
            "service_id": booked.service_id,
            "client_id": member.pk,
            "starts_at": free.isoformat(),
            "room_id": None,
            "pay_by": "desk",
            "price_minor": booked.price_minor,
        },
        "query": {
            "reports/finances": NOVEMBER,
            "reports/members": NOVEMBER,
            "users/": {"role": "member"},
            "availability/": {"service": booked.service_id, "trainer": trainer.pk},
            "timetable": {"weekStart": "2026-11-30", "trainer": trainer.pk},
        },
    }


def stocked_shop(member: User, now: datetime) -> dict[str, dict[str, Any]]:
    """An order, an open cart, and a thing to rent for today only or to bring back."""
    bought, unit, today = (
        ProductFactory(),
        RentalUnitFactory(),
        now.astimezone(member.home_branch.zone).date(),
    )
    item = add_to_cart(member_id=member.pk, product_id=bought.pk, now=now)
    order, _ = check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
    cart = add_to_cart(member_id=member.pk, product_id=bought.pk, now=now).cart_id
    wish = Wish(unit.kind_id, unit.branch_id, member.pk, today, today)
    rental = rent(wish=wish, now=now)
    hand_out(rental_id=rental.pk, actor_id=member.pk, now=now)
    another = RentalUnitFactory(kind=unit.kind, branch=unit.branch)
    return {
        "path": {
            "cart_id": cart,
            "product_id": bought.pk,
            "reference": order.reference,
        },
        "body": {
            "product_id": bought.pk,
            "quantity": 2,
            "rating": 4,
            "kind_id": another.kind_id,
            "branch_id": another.branch_id,
            "starts_on": today.isoformat(),
            "ends_on": today.isoformat(),
            "rental_id": rental.pk,
            "gateway": "card",
        },
    }


@pytest.fixture(scope="module")
def every_operation_succeeds():
    """Check at the end that each operation answered a request with success.

    It looks when all requests are made.
    """
    yield
    every = {
        (method, path)
        for path, methods in schema.raw_schema["paths"].items()
        for method in methods
    }
    assert every - SUCCEEDED == NEVER_BY_CHANCE


def send(case: schemathesis.Case, token: str) -> None:
    with transaction.atomic():
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        transaction.set_rollback(True)
    case.validate_response(response, checks=CHECKS)
    if response.status_code < 300:
        SUCCEEDED.add((case.method.lower(), case.operation.path))


def among_rows_that_exist(
    case: schemathesis.Case, gym: dict[str, Any]
) -> schemathesis.Case | None:
    """The same request about rows of the gym.

    None when the request names none, or is meant to be wrong.
    """
    if case.meta and any(
        part.mode == GenerationMode.NEGATIVE for part in case.meta.components.values()
    ):
        return None
    known = {
        name: gym["path"][name]
        for name in case.path_parameters or {}
        if name in gym["path"]
    }
    sent = case.body if isinstance(case.body, dict) else {}
    of_body = {name: gym["body"][name] for name in sent if name in gym["body"]}
    if case.operation.path.endswith("/join"):
        known["session_id"] = gym["full"]
    if "/partner/" in case.operation.path and "reference" in known:
        known["reference"] = gym["sponsorship"]
    if case.operation.path.endswith(SAID_BY_TRAINERS):
        said = case.operation.path.rpartition("/")[2]
        known["appointment_id"] = gym["requests"].get(said, gym["under_way"])
    of_query = gym["query"].get(case.operation.path.rpartition("/v1/")[2], {})
    if not known and not of_body and not of_query:
        return None
    case.query = {**(case.query or {}), **of_query}
    case.path_parameters = {**(case.path_parameters or {}), **known}
    if of_body:
        case.body = {**sent, **of_body}
    return case


def whose(path: str) -> str:
    """The token of somebody who may do this."""
    if "/stock/" in path or "/reports/" in path or path.endswith("/users/"):
        return "managers_token"
    if "/partner/" in path:
        return "partners_key"
    theirs = "/clients/" in path or path.endswith("/timetable")
    by_trainer = path.endswith(SAID_BY_TRAINERS) or theirs
    return "trainers_token" if by_trainer else "token"


@schema.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_documented(case, gym, every_operation_succeeds):
    token = gym[whose(case.operation.path)]
    send(case, token)
    if real := among_rows_that_exist(case, gym):
        send(real, token)


def test_the_document_names_every_operation_with_a_summary_and_a_docstring():
    operations = [
        (method, path, operation)
        for path, methods in schema.raw_schema["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) == 68
    for method, path, operation in operations:
        assert (
            operation["summary"] and operation["description"] and operation["tags"]
        ), (method, path)
        keyed = any(
            parameter["name"] == "Idempotency-Key"
            for parameter in operation.get("parameters", [])
        )
        named = operation["operationId"] in UNKEYED
        assert keyed == (method == "post" and not named), (method, path)
