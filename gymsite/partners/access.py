"""Who may see a partner's console: those who act for it, and nobody else."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse

from gymsite.partners.errors import PartnerNotFound
from gymsite.partners.queries.partners import of_delegate
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

View = Callable[..., HttpResponse]


def partner_page(view: View) -> View:
    """Wrap a page of a partner for its delegates; for others it is not there."""

    @wraps(view)
    def guarded(request: MemberRequest, slug: str, **more: int) -> HttpResponse:
        found = of_delegate(request.user).filter(slug=slug).first()
        if found is None:
            raise PartnerNotFound()
        return view(request, found, **more)

    return member_page(guarded)
