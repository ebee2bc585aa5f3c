"""Writing a review of what one bought."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalog.errors import ProductNotFound
from catalog.forms import ReviewForm
from catalog.models import Product
from catalog.operations.reviews import write_review
from catalog.queries.reviews import bought_at, product_named, review_of
from catalog.views.shop_page import shop_page
from gymsite.core.errors import DomainError
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def review(request: MemberRequest, slug: str) -> HttpResponse:
    product = product_named(slug)
    if product is None:
        raise ProductNotFound("The link may be old.", remedy="Look at the shop.")
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, product, form)
    if not form.is_valid():
        return _page(request, product, form, status=422)
    try:
        write_review(
            product_id=product.pk,
            member_id=request.user.pk,
            now=timezone.now(),
            **form.cleaned_data,
        )
    except DomainError as refusal:
        return _page(request, product, form, refusal)
    messages.success(request, "Thank you. It stands here once our staff have read it.")
    return redirect("product", product.slug)


def _page(
    request: MemberRequest,
    product: Product,
    form: ReviewForm,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    written = review_of(request.user.pk, product.pk)
    context = {
        "product": product,
        "form": form,
        "written": written,
        "bought": bool(written) or bought_at(request.user.pk, product.pk) is not None,
    }
    return shop_page(request, "review.html", context, refusal=refusal, status=status)
