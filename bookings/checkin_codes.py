"""The code on a member's phone: signed, good for a minute, worth nothing in a
photograph taken yesterday."""

from datetime import timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

import segno
from django.core.signing import BadSignature, TimestampSigner
from django.utils.safestring import SafeString, mark_safe

from bookings import errors

GOOD_FOR_SECONDS = 90
REFRESHED_AFTER_SECONDS = 45
WINDOW = timedelta(minutes=1)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="bookings.checkin-code")


def new_code(member_id: int) -> str:
    return _signer().sign(str(member_id))


def member_of(code: str) -> int:
    """Whose code this is; raises BadCode when it is forged, old or no code of ours."""
    try:
        return int(_signer().unsign(code.strip(), max_age=GOOD_FOR_SECONDS))
    except (BadSignature, ValueError) as exception:
        raise errors.BadCode(
            remedy="Open it again on your phone; it changes every minute."
        ) from exception


def id_of(code: str) -> UUID:
    """What a code is remembered by once it has let somebody in."""
    return uuid5(NAMESPACE_OID, code.strip())


def picture(code: str) -> SafeString:
    """The code as an SVG without sizes, so that the page decides how large it is."""
    svg = segno.make_qr(code, error="m").svg_inline(
        omitsize=True, border=2, svgclass=None, lineclass=None
    )
    return mark_safe(svg)  # noqa: S308 (segno drew it from our own signature)
