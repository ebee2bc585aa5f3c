"""The tables of partners."""

from gymsite.partners.models.api_keys import ApiKey, Scope
from gymsite.partners.models.partners import Delegate, Partner
from gymsite.partners.models.sponsorships import Sponsorship

__all__ = ["ApiKey", "Delegate", "Partner", "Scope", "Sponsorship"]
