"""Partners in the back office: operations behind roles, and nobody else's rows."""

import pytest

from gymsite.partners.models import Delegate, Partner, Sponsorship
from gymsite.partners.operations.sponsorships import sponsor_member
from tests.bookings.staff import act
from tests.factories import BranchFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(acme, client):
    """Log somebody of the partner's branch in."""

    def log_in(role, branch=None):
        person = UserFactory(role=role, home_branch=branch or acme.partner.branch)
        client.force_login(person)
        return client

    return log_in


def do(model, name, row):
    return f"/admin/partners/{model}/do/{name}/?ids={row.pk}"


def test_the_desk_sponsors_a_member_and_ends_it(acme, staff):
    client, member = staff("front_desk"), MemberFactory()
    page = do("partner", "sponsor", acme.partner)
    assert f"sponsors {member} now" in act(client, page, member=member.pk).text
    (one,) = Sponsorship.objects.all()
    again = act(client, page, member=member.pk).text
    assert "This member has a sponsor already." in again
    act(client, do("sponsorship", "end", one))
    one.refresh_from_db()
    assert one.ended_at


def test_a_manager_switches_a_partner_off_and_on(acme, staff):
    client = staff("manager")
    for name, is_active in (("off", False), ("on", True)):
        act(client, do("partner", name, acme.partner), reason="Unpaid")
        assert Partner.objects.get().is_active == is_active


def test_a_manager_says_who_acts_for_it_and_ends_keys(acme, staff):
    client, other, (key, _) = staff("manager"), MemberFactory(), acme.key()
    act(client, do("partner", "delegate", acme.partner), person=other.pk)
    assert Delegate.objects.filter(user=other).exists()
    act(client, do("apikey", "end", key))
    key.refresh_from_db()
    assert not key.is_active
    own = Delegate.objects.get(user=acme.user)
    act(client, do("delegate", "remove", own))
    assert not Delegate.objects.filter(user=acme.user).exists()


def test_nobody_sees_a_secret_or_its_hash(acme, staff):
    key, secret = acme.key()
    shown = staff("owner").get(f"/admin/partners/apikey/{key.pk}/change/").text
    assert key.prefix in shown
    assert secret not in shown and "ecret" not in shown


@pytest.mark.parametrize("name", ["off", "on", "delegate"])
def test_the_desk_does_not_do_what_managers_do(acme, staff, name):
    page = do("partner", name, acme.partner)
    assert staff("front_desk").get(page).status_code in (403, 404)


def test_another_branch_sees_nothing_of_it(acme, staff):
    member = MemberFactory()
    one = sponsor_member(
        partner_id=acme.partner.pk,
        member_id=member.pk,
        actor_id=acme.user.pk,
        now=acme.now,
    )
    client = staff("manager", BranchFactory(slug="elsewhere"))
    for model, row in (("partner", acme.partner), ("sponsorship", one)):
        answer = client.get(f"/admin/partners/{model}/{row.pk}/change/", follow=True)
        assert acme.partner.name not in answer.text.split("<main")[-1]
    act(client, do("sponsorship", "end", one))
    one.refresh_from_db()
    assert one.ended_at is None
