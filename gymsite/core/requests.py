"""Requests as our middleware and access decorators leave them, for annotations."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from gymsite.core.models import User
from gymsite.core.queries.frame import Frame


class PageRequest(HttpRequest):
    """Any page's: ``htmx`` is true for htmx's requests; a view that has read the frame leaves it in ``frame``."""

    htmx: HtmxDetails
    frame: Frame


class MemberRequest(PageRequest):
    """Behind core.access: somebody is logged in."""

    user: User  # type: ignore[assignment]
