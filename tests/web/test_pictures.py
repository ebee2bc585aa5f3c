"""What staff upload is checked, made small and served as WebP."""

from io import BytesIO

import pytest
from PIL import Image

from gymsite.web import pictures
from gymsite.web.pictures import NotAPicture, webp_of


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
        pictures, "_encoded", lambda *image: pytest.fail("it was decoded")
    )
    with pytest.raises(NotAPicture, match="megapixels"):
        made(drawn())


def test_too_large_a_file_is_refused():
    with pytest.raises(NotAPicture, match=r"9\.0 MB"):
        webp_of(drawn(), 9 * 1024 * 1024)
