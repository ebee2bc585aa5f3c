"""What staff upload becomes a small WebP without metadata, or is refused."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from django.http import HttpResponse
from PIL import Image, ImageOps, UnidentifiedImageError

from gymsite.core.errors import NotFound

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_FILE = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
QUALITY = 82
FOR_EVER = "public, max-age=31536000, immutable"  # a changed picture has another digest


class NotAPicture(ValueError):
    """Says in words what is wrong with a file."""


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def picture_answer(content: bytes | None) -> HttpResponse:
    """A picture's WebP, whose address has its digest; raises NotFound."""
    if content is None:
        raise NotFound("There is no such picture.")
    answer = HttpResponse(content, content_type="image/webp")
    answer["Cache-Control"] = FOR_EVER
    return answer


def webp_of(file: BinaryIO, size: int, *, longest: int = LONGEST_SIDE) -> Picture:
    """The picture, at most ``longest`` wide or high. Raises NotAPicture.

    Pixels are counted before any is decoded, so a small file can't unpack into a large
    one.
    """
    if size > LARGEST_FILE:
        raise NotAPicture(
            f"This file has {size / 1024 / 1024:.1f} MB; send at most 8 MB."
        )
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check(image)
            return _encoded(image, longest)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as exception:
        if isinstance(exception, NotAPicture):
            raise
        raise NotAPicture(
            "This is not a JPEG, PNG or WebP picture, or it is damaged."
        ) from exception


def _check(image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > MOST_PIXELS:
        raise NotAPicture(
            f"This picture has {pixels / 1_000_000:.0f} megapixels; send at most 40."
        )


def _encoded(image: Image.Image, longest: int) -> Picture:
    """Turned as the camera held it, at most ``longest`` wide or high."""
    upright = ImageOps.exif_transpose(image)
    clear = upright.has_transparency_data
    small = upright.convert("RGBA" if clear else "RGB")
    small.thumbnail((longest, longest))
    written = BytesIO()
    small.save(written, "WEBP", quality=QUALITY)
    return Picture(written.getvalue(), small.width, small.height)
