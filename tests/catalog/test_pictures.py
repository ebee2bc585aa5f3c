"""What staff upload is served on the product's page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import ProductPicture
from tests.factories import ProductFactory, UserFactory
from tests.web.test_pictures import drawn


def form(product, upload, **more):
    """What the product's page sends with one new picture."""
    names = (
        "sku",
        "slug",
        "name",
        "category_id",
        "rank",
        "price_minor",
        "currency",
        "summary",
        "description",
    )
    sent = {name.removesuffix("_id"): getattr(product, name) for name in names} | {
        "maker": "",
        "keywords": "",
    }
    sets = {"pictures-TOTAL_FORMS": 1, "pictures-INITIAL_FORMS": 0}
    picture = {
        "pictures-0-upload": upload,
        "pictures-0-alt": "A red mat",
        "pictures-0-rank": 0,
    }
    return sent | sets | picture | more


@pytest.mark.django_db
def test_a_manager_adds_one_and_members_see_it(client):
    client.force_login(UserFactory(role="manager"))
    product = ProductFactory()
    page = f"/admin/catalog/product/{product.pk}/change/"
    seen = client.get(page).context["adminform"].form.initial["seen"]
    upload = SimpleUploadedFile("mat.png", drawn().getvalue(), "image/png")
    answer = client.post(page, form(product, upload, seen=seen))
    assert answer.status_code == 302, answer.context["errors"]
    picture = ProductPicture.objects.get()
    assert (picture.product, picture.alt, picture.width, picture.height) == (
        product,
        "A red mat",
        40,
        30,
    )
    served = client.get(f"/shop/pictures/{picture.digest}.webp")
    assert (served["Content-Type"], served.content) == (
        "image/webp",
        bytes(picture.content),
    )
    assert picture.digest in client.get(page).content.decode()
    again = client.get(page).context["adminform"].form.initial["seen"]
    for content, words in (
        (drawn().getvalue(), "in the shop already"),
        (b"<svg/>", "not a JPEG, PNG or WebP"),
    ):
        sent = form(
            product, SimpleUploadedFile("x.png", content, "image/png"), seen=again
        )
        sent |= {
            "pictures-TOTAL_FORMS": 2,
            "pictures-INITIAL_FORMS": 1,
            "pictures-0-id": picture.pk,
        }
        sent |= {
            f"pictures-1-{name}": sent.pop(f"pictures-0-{name}")
            for name in ("upload", "alt", "rank")
        }
        sent |= {
            "pictures-0-alt": "A red mat",
            "pictures-0-rank": 0,
            "pictures-0-product": product.pk,
        }
        assert words in client.post(page, sent).content.decode()
    assert ProductPicture.objects.count() == 1
