"""Partners in the admin."""

from gymsite.partners.admin import api_keys, partners, sponsorships

__all__ = ["api_keys", "partners", "sponsorships"]
