"""A partner with somebody who acts for it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pytest
from django.utils import timezone

from gymsite.core.models import User
from gymsite.partners.models import ApiKey, Partner
from gymsite.partners.operations import api_keys
from gymsite.partners.operations.partners import add_delegate
from tests.factories import PartnerFactory, UserFactory


@dataclass
class Acting:
    """A partner, its delegate, and how they make keys."""

    partner: Partner
    user: User
    now: datetime

    def key(self, *scopes: str, **more) -> tuple[ApiKey, str]:
        make = partial(
            api_keys.make_key,
            partner_id=self.partner.pk,
            actor_id=self.user.pk,
            now=self.now,
        )
        asked = {"name": "Payroll", "expires_at": None} | more
        return make(scopes=scopes or ("members:read", "members:write"), **asked)


@pytest.fixture
def acme() -> Acting:
    now, partner, user = timezone.now(), PartnerFactory(), UserFactory()
    add_delegate(partner_id=partner.pk, user_id=user.pk, actor_id=user.pk, now=now)
    return Acting(partner, user, now)
