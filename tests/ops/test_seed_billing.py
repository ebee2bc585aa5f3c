"""What the seed asks for memberships, before any of it is in a database."""

from datetime import date

import numpy as np

from gymsite.ops.seed import scale
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables import core, memberships, timetable
from gymsite.ops.seed.tables.billing import billing
from gymsite.ops.seed.tables.money import PENDING


def test_no_first_payment_is_to_be_taken_while_the_member_books():
    """The policy lets them have one booking until then, and the seed's members have
    some."""
    plan = Plan(1, date(2026, 11, 20), scale.sizes(1, "all"), "all")
    here = core.branches(plan.sizes.branches)
    places = timetable.rooms(plan.sizes.rooms, len(here))
    crowd = core.people(plan, here, places.at(len(here)))
    offers = memberships.plans(len(here))
    held = memberships.memberships(plan, here, crowd, offers)
    asked = billing(plan, held, offers)
    is_due = asked.payments.status == PENDING
    assert is_due.sum() > 10  # of renewals
    assert np.flatnonzero(is_due[: len(held)]).tolist() == []
