"""Refusals that come before a view is called."""

from gymsite.core.errors import DomainError


class WrongMethod(DomainError):
    """This address does not take that method."""

    code = "wrong_method"
    status = 405


class Unavailable(DomainError):
    """The gym's database can't be reached at the moment."""

    code = "unavailable"
    status = 503
