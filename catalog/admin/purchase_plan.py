"""The page that plans a purchase: what is short, what to buy from whom, one button."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from catalog.operations.purchasing import approve_plan
from catalog.queries import purchasing
from gymsite.backoffice import MoneyField
from gymsite.core import money, references
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.queries.branches import brand_currency


class PlanForm(forms.Form):
    """What to plan for. ``digest`` is that of the plan that was shown."""

    horizon_days = forms.IntegerField(
        label="Days to buy for",
        min_value=1,
        max_value=purchasing.LONGEST_HORIZON,
        initial=purchasing.HORIZON_DAYS,
    )
    budget = MoneyField(required=False, words="Empty: all that is short is bought.")
    branch = forms.ModelChoiceField(
        Branch.objects.none(), label="Deliver to", empty_label=None
    )
    digest = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, request: HttpRequest, site: Any) -> None:
        super().__init__(data)
        currency = brand_currency()
        self.fields["budget"].be_in(currency, currency)
        branches = (
            site.get_model_admin(Branch).get_queryset(request).filter(is_active=True)
        )
        self.fields["branch"].queryset = branches
        self.fields["branch"].initial = request.user.home_branch_id

    def clean_budget(self) -> int | None:
        """In minor units; more than can be planned for is no bound."""
        budget: int | None = self.cleaned_data["budget"]
        return None if budget is None else min(budget, purchasing.LARGEST_BUDGET)

    def asked(self) -> dict[str, Any]:
        return {
            "horizon_days": self.cleaned_data["horizon_days"],
            "budget_minor": self.cleaned_data["budget"],
        }


def plan_view(model_admin: Any) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("catalog.plan_purchaseorder"):
            raise PermissionDenied
        site = model_admin.admin_site
        given = request.POST if request.method == "POST" else request.GET
        form = PlanForm(given or _usual(request, site), request=request, site=site)
        if form.is_valid() and request.method == "POST" and _approved(request, form):
            return HttpResponseRedirect(
                reverse("admin:catalog_purchaseorder_changelist")
            )
        plan = None
        if form.cleaned_data.keys() >= {"horizon_days", "budget"}:
            plan = purchasing.plan_purchases(**form.asked(), now=timezone.now())
        context = site.each_context(request) | {
            "title": "Plan a purchase",
            "form": form,
            "opts": model_admin.opts,
            "media": model_admin.media + form.media,
            **(_shown(plan) if plan else {}),
        }
        return TemplateResponse(
            request,
            "admin/catalog/plan.html",
            context,
            status=200 if form.is_valid() else 422,
        )

    return view


def _usual(request: HttpRequest, site: Any) -> dict[str, Any]:
    """What is planned at first: a month, no budget, for one's own branch."""
    branches = site.get_model_admin(Branch).get_queryset(request).filter(is_active=True)
    home = request.user.home_branch_id or branches.values_list("pk", flat=True).first()
    return {"horizon_days": purchasing.HORIZON_DAYS, "budget": "", "branch": home}


def _approved(request: HttpRequest, form: PlanForm) -> bool:
    """Order what was shown; a refusal goes into the form, above today's plan."""
    try:
        orders = approve_plan(
            **form.asked(),
            digest=form.cleaned_data["digest"],
            branch_id=form.cleaned_data["branch"].pk,
            actor_id=request.user.pk,
            now=timezone.now(),
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return False
    for order in orders:
        total = money.shown(order.total_minor, order.currency)
        messages.success(
            request, f"Ordered {references.shown(order.reference)} for {total}."
        )
    return True


def _shown(plan: purchasing.Plan) -> dict[str, Any]:
    return {
        "plan": plan,
        "total": money.shown(plan.total_minor, plan.currency),
        "lines": [
            (line, money.shown(line.cost_minor, plan.currency)) for line in plan.lines
        ],
    }
