"""The JSON API of partners' programs."""

from gymsite.partners.api.partners import router as partners
from gymsite.partners.api.sponsorships import router as sponsorships

__all__ = ["partners", "sponsorships"]
