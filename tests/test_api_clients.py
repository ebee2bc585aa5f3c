"""The OpenAPI document as other people's programs read it.

The programs are a validator, and a generated client that books.
"""

import importlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from itertools import chain

import pytest
from django.utils import timezone
from openapi_spec_validator import OpenAPIV31SpecValidator

from bookings.models import Booking
from gymsite.api import api
from gymsite.core.models import User
from tests.factories import (
    AvailabilityFactory,
    MemberFactory,
    ServiceFactory,
    SessionFactory,
    UserFactory,
)

DOCUMENT = json.loads(json.dumps(api.document))
OPERATIONS = {
    (method, path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
SCHEMAS = DOCUMENT["components"]["schemas"]
PUBLIC = {
    ("post", "/api/v1/auth/login"),
    ("post", "/api/v1/auth/refresh"),
    ("post", "/api/v1/users/register"),
    ("post", "/api/v1/users/confirm"),
    ("post", "/api/v1/payments/webhook/{gateway}"),
    ("get", "/api/v1/membership/plans"),
    ("get", "/api/v1/catalog/"),
    ("get", "/api/v1/catalog/search"),
    ("get", "/api/v1/catalog/products/{product_id}"),
    ("get", "/api/v1/rentals/kinds"),
}


def test_the_document_is_valid_openapi():
    assert [
        error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()
    ] == []


def test_operation_ids_are_names_of_their_own_and_no_paths_of_modules():
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)
    assert [
        name
        for name in ids
        if re.search(r"_api_|gymsite|bookings_|catalog_|memberships_", name)
    ] == []


def test_every_component_says_what_it_is_and_is_used():
    text = json.dumps(DOCUMENT)
    assert [
        name for name in SCHEMAS if f'"#/components/schemas/{name}"' not in text
    ] == []
    assert [name for name in SCHEMAS if not re.fullmatch(r"([A-Z][a-z]+)+", name)] == []
    told_nothing = {
        "Said",
        "Say",
        "Turn",
        "Line",
        "Booked",
        "In",
        "Done",
        "Slot",
        "Most",
        "Narrowed",
        "Status",
        "Kind",
    }
    assert set(SCHEMAS) & told_nothing == set()


def test_states_are_enums_and_moments_have_a_format():
    for name, schema in SCHEMAS.items():
        for field, shape in schema.get("properties", {}).items():
            if name == "Problem":
                continue
            if field in ("status", "kind", "role", "level", "method", "period"):
                assert (
                    "$ref" in shape or "const" in shape or shape["title"] == "Kind"
                ), (name, field)
            if field.endswith(("_at", "_until")) and field != "reorder_at":
                formats = {
                    part.get("format") for part in shape.get("anyOf", [shape])
                } - {None}
                assert formats == {"date-time"}, (name, field)
            if field.endswith("_on") and field != "on":
                formats = {
                    part.get("format") for part in shape.get("anyOf", [shape])
                } - {None}
                assert formats == {"date"}, (name, field)


def test_a_body_has_no_default_that_would_make_its_field_required():
    bodies = [schema for name, schema in SCHEMAS.items() if name.endswith("Request")]
    fields = chain.from_iterable(schema["properties"].items() for schema in bodies)
    assert [name for name, shape in fields if "default" in shape] == []
    assert SCHEMAS["LoginRequest"]["required"] == ["password"]


def test_it_says_whose_it_is_where_it_is_and_what_needs_no_token():
    assert DOCUMENT["info"]["license"]["identifier"] == "BSD-3-Clause"
    assert DOCUMENT["servers"][0]["url"] == "/"
    used = set(
        chain.from_iterable(operation["tags"] for operation in OPERATIONS.values())
    )
    assert {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]} == used
    assert {
        key for key, operation in OPERATIONS.items() if operation["security"] == []
    } == PUBLIC


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The package that a generator makes of the document without complaint."""
    home = tmp_path_factory.mktemp("clients")
    (home / "openapi.json").write_text(json.dumps(DOCUMENT))
    # otherwise it would tidy the code with a ruff on the PATH
    (home / "config.yml").write_text("post_hooks: []\n")
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--path",
        home / "openapi.json",
    ]
    command += [
        "--output-path",
        home / "gym_client",
        "--meta",
        "none",
        "--config",
        home / "config.yml",
    ]
    done = subprocess.run(
        [*command, "--fail-on-warning"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(home))
    yield lambda name: importlib.import_module(f"gym_client.{name}")
    sys.path.remove(str(home))


def log_in(generated, address: str, user: User):
    """The generated client of somebody who is logged in."""
    user.set_password("correct horse battery")
    user.save(update_fields=["password"])
    client, models = generated("client"), generated("models")
    anybody = client.Client(base_url=address)
    wanted = models.LoginRequest(
        username=user.username, password="correct horse battery"
    )
    tokens = generated("api.log_in.log_in").sync(client=anybody, body=wanted)
    return client.AuthenticatedClient(base_url=address, token=tokens.access_token)


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_logs_in_lists_books_and_cancels(generated, live_server):
    session, models = SessionFactory(), generated("models")
    mine = log_in(generated, live_server.url, MemberFactory())
    (found,) = generated("api.classes.list_sessions").sync(client=mine).items
    assert (found.id, found.starts_at, found.level.value) == (
        session.pk,
        session.starts_at,
        session.gym_class.level,
    )
    place = models.BookingRequest(session_id=found.id)
    booked = generated("api.bookings.book_session").sync(client=mine, body=place)
    assert booked.status == models.BookingStatus.BOOKED
    gone = generated("api.bookings.cancel_booking").sync(found.id, client=mine)
    assert (gone.status, gone.late) == ("cancelled", False)
    again = generated("api.bookings.book_session").sync(
        client=mine, body=models.BookingRequest(session_id=0)
    )
    assert again.code == "invalid"
    assert Booking.objects.get(reference=booked.reference).status == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_books_pays_moves_and_cancels_an_appointment(
    generated, live_server
):
    tomorrow = timezone.now() + timedelta(days=1)
    AvailabilityFactory(weekday=tomorrow.weekday())
    ServiceFactory()
    models = generated("models")
    mine = log_in(generated, live_server.url, MemberFactory())
    (trainer,) = generated("api.trainers.list_trainers").sync(client=mine).items
    (service,) = generated("api.appointments.list_services").sync(client=mine).items
    free = generated("api.appointments.list_free_slots").sync(
        client=mine, service=service.id, trainer=trainer.id, first=tomorrow.date()
    )
    first, *_, last = free.trainers[0].starts
    wish = models.AppointmentRequest(
        trainer_id=trainer.id,
        service_id=service.id,
        starts_at=first,
        pay_by="card",
        price_minor=service.price_minor,
    )
    booked = generated("api.appointments.book_appointment").sync(client=mine, body=wish)
    assert (booked.starts_at, booked.status.value) == (first, "booked")
    assert not booked.payment_problem
    paid = generated("api.payments.read_payment").sync(booked.payment_id, client=mine)
    assert (paid.kind.value, paid.status.value) == ("appointment", "paid")
    assert paid.reference == booked.reference
    moved = generated("api.appointments.move_appointment").sync(
        booked.id, client=mine, body=models.MoveRequest(starts_at=last)
    )
    assert moved.starts_at == last
    gone = generated("api.appointments.cancel_appointment").sync(booked.id, client=mine)
    assert gone.status == models.AppointmentStatus.CANCELLED
    (paid,) = generated("api.payments.list_payments").sync(client=mine).items
    assert paid.refunded_minor == service.price_minor == paid.refunds[0].amount_minor
    owner = log_in(generated, live_server.url, UserFactory(role="owner"))
    report = generated("api.reports.read_financial_report").sync(
        client=owner,
        first=timezone.now().date() - timedelta(days=1),
        last=tomorrow.date(),
        by=[models.ReportPart.TRAINER, models.ReportPart.KIND],
    )
    assert [(row.trainer_id, row.net_minor) for row in report.items] == [
        (trainer.id, 0)
    ]
    again = generated("api.appointments.read_appointment").sync(booked.id, client=mine)
    assert again == gone
