"""The staff's pages of people and branches."""

from gymsite.accounts.admin import branches, records, users

__all__ = ["branches", "records", "users"]
