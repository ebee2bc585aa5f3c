"""The desk's check-in page: staff type a member, let them in, and type the next."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from bookings.admin.member_actions import CheckInForm, let_in
from bookings.models import Booking
from gymsite.backoffice import NamedField
from gymsite.core.errors import DomainError
from gymsite.core.models import User

PERMISSION = "core.checkin_user"


class DeskForm(CheckInForm):
    member = NamedField(
        of=Booking._meta.get_field("member"),
        help_text="A name, e-mail address, phone or member number.",
    )
    field_order = ("member", "branch")


def desk_view(model_admin: Any) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        people = model_admin.admin_site.get_model_admin(User)
        form = DeskForm(request.POST or None, model_admin=people, request=request)
        if form.is_valid():
            member = form.cleaned_data["member"]
            try:
                said = let_in(request, member, form.cleaned_data, timezone.now())
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, said)
                return HttpResponseRedirect(reverse("admin:bookings_checkin_desk"))
        context = model_admin.admin_site.each_context(request) | {
            "title": "Check in",
            "form": form,
            "opts": model_admin.opts,
            "media": model_admin.media + form.media,
        }
        return TemplateResponse(
            request,
            "admin/bookings/desk.html",
            context,
            status=422 if form.errors else 200,
        )

    return view
