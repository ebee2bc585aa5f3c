"""The money ledger in the admin: what the month has taken so far, filters, export."""

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Func, Value
from django.utils import timezone

from gymsite.backoffice.exports import copied
from gymsite.core.models import Role, User
from gymsite.payments.models import LedgerEntry
from gymsite.payments.operations import begin, take_payment
from tests.factories import BranchFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/payments/ledgerentry/"


@pytest.fixture
def entries(client):
    """Three charges of now and one of another branch, each with its payment."""
    client.force_login(UserFactory(role=Role.OWNER))
    home, elsewhere, member = (
        BranchFactory(),
        BranchFactory(slug="hillside"),
        MemberFactory(),
    )
    for branch, amount in ((home, 100), (home, 250), (elsewhere, 999), (home, 50)):
        payment = begin(
            purpose="membership",
            thing=str(amount),
            branch_id=branch.pk,
            member_id=member.pk,
            amount_minor=amount,
            currency="GBP",
            gateway="desk",
            now=timezone.now(),
        )
        take_payment(payment_id=payment.pk, actor_id=member.pk, now=timezone.now())
    return list(LedgerEntry.objects.order_by("id"))


def shown(client, **filters):
    rows = client.get(LIST, filters).context["cl"].result_list
    return [(row.amount_minor, getattr(row, "balance", None)) for row in rows]


def test_the_balance_runs_within_the_branch_and_the_month(client, entries):
    filters = {"branch": entries[0].branch_id, "month": f"{timezone.now():%Y-%m}"}
    assert shown(client, **filters) == [(50, 400), (250, 350), (100, 100)]
    assert "£4.00" in client.get(LIST, filters).content.decode()
    assert shown(client, branch=entries[0].branch_id) == [
        (50, None),
        (250, None),
        (100, None),
    ]
    past = (timezone.now().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert shown(client, **filters | {"month": past}) == []


def test_it_is_exported_as_it_is_filtered(client, entries):
    answer = client.get(f"{LIST}export/", {"branch": entries[2].branch_id})
    (row,) = csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines())
    assert (row["amount_minor"], row["currency"], row["payment"]) == (
        "999",
        "GBP",
        str(entries[2].payment_id),
    )


def test_a_manager_takes_away_their_own_branch_only(client, entries):
    client.force_login(UserFactory(role=Role.MANAGER))
    assert len(client.get(f"{LIST}export/").getvalue().splitlines()) == 1 + 3
    client.force_login(UserFactory(role=Role.FRONT_DESK))
    assert client.get(f"{LIST}export/").status_code == 403


@pytest.mark.parametrize(
    "chosen", [{"month": "1999-01"}, {"branch": "987654"}, {"branch": "x"}]
)
def test_an_export_of_an_empty_choice_is_the_line_of_names(client, entries, chosen):
    answer = client.get(f"{LIST}export/", chosen, follow=True)
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 1 and lines[0].startswith("id,at,branch,kind,amount_minor")


def test_an_export_of_staff_without_a_branch_is_empty_too(client, entries):
    client.force_login(UserFactory(role=Role.MANAGER, home_branch=None))
    assert len(client.get(f"{LIST}export/").getvalue().splitlines()) == 1


def test_a_spreadsheet_reads_its_accents(client, entries):
    entries[0].branch.name = "Zürich"
    entries[0].branch.save()
    written = client.get(f"{LIST}export/", {"branch": entries[0].branch_id}).getvalue()
    assert written.startswith("\ufeff".encode()) and "Zürich".encode() in written


def test_an_export_may_take_longer_than_other_requests():
    """It is one statement, which lasts as long as somebody reads."""
    UserFactory()
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        limit = Func(Value("statement_timeout"), function="current_setting")
        assert b"10min" in b"".join(copied(User.objects.values_list(limit), ["limit"]))
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before
