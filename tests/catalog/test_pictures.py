"""What staff upload is checked, made small and served as WebP."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog import pictures
from catalog.models import ProductPicture
from catalog.pictures import NotAPicture, webp_of
from tests.factories import ProductFactory, UserFactory


def drawn(kind="PNG", size=(40, 30), mode="RGB", **saved):
    file = BytesIO()
    Image.new(mode, size, "red").save(file, kind, **saved)
    file.seek(0)
    return file


def made(file):
    return webp_of(file, len(file.getvalue()))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("JPEG", "RGB"), ("PNG", "P"), ("WEBP", "RGB")],
)
def test_pictures_become_webp(kind, mode):
    picture = made(drawn(kind, mode=mode))
    with Image.open(BytesIO(picture.content)) as image:
        assert (
            (image.format, image.size)
            == ("WEBP", (40, 30))
            == ("WEBP", (picture.width, picture.height))
        )


def test_large_ones_are_made_small_and_turned_as_the_camera_was_held_without_its_data():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    picture = made(drawn("JPEG", size=(3200, 1600), exif=exif))
    assert (picture.width, picture.height) == (800, 1600)
    with Image.open(BytesIO(picture.content)) as image:
        assert dict(image.getexif()) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(NotAPicture):
        made(BytesIO(content))


def test_a_picture_that_broke_off_is_refused():
    with pytest.raises(NotAPicture):
        made(BytesIO(drawn("JPEG", size=(900, 900)).getvalue()[:2000]))


def test_too_many_pixels_are_refused_before_they_are_unpacked(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    monkeypatch.setattr(
        pictures, "_encoded", lambda image: pytest.fail("it was decoded")
    )
    with pytest.raises(NotAPicture, match="megapixels"):
        made(drawn())


def test_too_large_a_file_is_refused():
    with pytest.raises(NotAPicture, match=r"9\.0 MB"):
        webp_of(drawn(), 9 * 1024 * 1024)


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
