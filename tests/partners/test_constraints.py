"""What the database refuses about partners, by name."""

import pytest

from gymsite.partners.operations.sponsorships import sponsor_member
from tests import constraints
from tests.constraints import copied, refused_by
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def update(table, change):
    return f"UPDATE {table} SET {change} WHERE id = %(id)s"


KEY, SPONSORSHIP = "partners_apikey", "partners_sponsorship"
BREAKS = {
    "partners_delegate_once": ("delegate", lambda: copied("partners_delegate")),
    "partners_sponsorship_one_a_member": (
        "sponsorship",
        lambda: copied(SPONSORSHIP, reference="'K7QF2M9XPT3'"),
    ),
    "partners_sponsorship_ends_after_start": (
        "sponsorship",
        lambda: update(SPONSORSHIP, "ended_at = started_at - interval '1 second'"),
    ),
    "partners_apikey_secret_unique": ("key", lambda: copied(KEY)),
    "partners_apikey_ended_or_active": (
        "key",
        lambda: update(KEY, "is_active = false"),
    ),
    "partners_apikey_expires_after_start": (
        "key",
        lambda: update(KEY, "expires_at = created_at - interval '1 second'"),
    ),
    "partners_apikey_scopes_known": ("key", lambda: update(KEY, "scopes = '{all}'")),
    "partners_apikey_requests_a_minute": (
        "key",
        lambda: update(KEY, "requests_a_minute = 0"),
    ),
}


@pytest.fixture
def rows(acme):
    made = sponsor_member(
        partner_id=acme.partner.pk,
        member_id=MemberFactory().pk,
        actor_id=acme.user.pk,
        now=acme.now,
    )
    return {
        "delegate": acme.partner.delegates.get().pk,
        "sponsorship": made.pk,
        "key": acme.key()[0].pk,
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row]) == name


def test_no_constraint_is_left_untried():
    assert constraints.named("partners") == set(BREAKS)
