"""Photos of trainers: staff upload them, everybody sees them."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from bookings.models import Trainer, TrainerPhoto
from gymsite.core.models import Event
from tests.bookings.staff import ADMIN, act, text
from tests.factories import TrainerFactory, UserFactory
from tests.web.test_pictures import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday")]


@pytest.fixture
def lena():
    return TrainerFactory(name="Lena Brandt", slug="lena")


def sent(file=None):
    content = (file or drawn("JPEG", size=(1200, 800))).getvalue()
    return SimpleUploadedFile("lena.jpg", content, "image/jpeg")


def upload(client, trainer, **data):
    return act(client, f"{ADMIN}/trainer/do/photo/?ids={trainer.pk}", **data)


def photo_of(trainer):
    return Trainer.objects.get(pk=trainer.pk).photo_id


def test_a_manager_uploads_one_and_everybody_sees_it(client, manager, lena):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    file = drawn("JPEG", size=(1200, 800), exif=exif)
    assert "is shown with this photo" in text(upload(client, lena, upload=sent(file)))
    address = f"/trainers/photos/{photo_of(lena)}.webp"
    listed, own = (
        text(Client().get(page)) for page in ("/trainers/", "/trainers/lena/")
    )
    assert f'src="{address}" alt=""' in listed  # beside the name
    assert f'src="{address}" alt="Portrait of Lena Brandt"' in own
    assert address in text(client.get(f"{ADMIN}/trainer/{lena.pk}/change/"))
    answer = Client().get(address)
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.size, dict(image.getexif())) == (
            "WEBP",
            (640, 427),
            {},
        )
    event = Event.objects.get(kind="trainer_photo_changed")
    assert (event.actor, event.subject_id) == (manager, lena.pk)


def test_without_one_there_are_initials(lena):
    for page in ("/trainers/", "/trainers/lena/"):
        shown = text(Client().get(page))
        assert 'aria-hidden="true">LB<' in shown
        assert "<img" not in shown
    assert Client().get(f"/trainers/photos/{'0' * 64}.webp").status_code == 404


def test_another_one_replaces_it_and_initials_take_it_away(client, manager, lena):
    upload(client, lena, upload=sent())
    first = photo_of(lena)
    upload(client, lena, upload=sent(drawn("JPEG", size=(30, 30))))
    assert first != photo_of(lena)
    assert Client().get(f"/trainers/photos/{first}.webp").status_code == 404
    assert TrainerPhoto.objects.count() == 1
    assert "is shown with initials" in text(upload(client, lena, none="on"))
    assert (photo_of(lena), TrainerPhoto.objects.count()) == (None, 0)


def test_two_trainers_may_have_the_same_picture(client, manager, lena):
    twin = TrainerFactory(name="Lara Brandt")
    for one in (lena, twin):
        upload(client, one, upload=sent())
    upload(client, lena, none="on")
    assert TrainerPhoto.objects.get().pk == photo_of(twin)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"upload": SimpleUploadedFile("x.svg", b"<svg/>", "image/svg+xml")},
        {"upload": SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\n", "image/png")},
    ],
    ids=["nothing", "a drawing", "a broken one"],
)
def test_what_is_no_photo_is_refused_in_words(client, manager, lena, data):
    said = text(upload(client, lena, **data))
    assert "Choose a photo, or the initials." in said or "This is not a JPEG" in said
    assert photo_of(lena) is None


def test_the_desk_and_trainers_upload_none(client, desk, lena):
    page = f"{ADMIN}/trainer/do/photo/?ids={lena.pk}"
    assert client.post(page, {"upload": sent()}).status_code == 403
    for user in (lena.user, UserFactory()):
        other = Client()
        other.force_login(user)
        assert other.post(page, {"upload": sent()}).status_code in (302, 403)
    assert not TrainerPhoto.objects.exists()


def test_a_photo_costs_no_statement(
    client, manager, lena, django_assert_max_num_queries
):
    def asked(page):
        with django_assert_max_num_queries(99) as found:
            Client().get(page)
        return len(found)

    pages = ("/trainers/", "/trainers/lena/")
    before = [asked(page) for page in pages]
    upload(client, lena, upload=sent())
    assert [asked(page) for page in pages] == before
