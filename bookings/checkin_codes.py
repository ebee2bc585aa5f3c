"""The code on a member's phone: signed, and good for a minute."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from django.core.signing import BadSignature, TimestampSigner
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from bookings import errors

GOOD_FOR_SECONDS = 90
REFRESHED_AFTER_SECONDS = 45
WINDOW = timedelta(minutes=1)
DARK = re.compile(b"\x01+")  # a run of cells in a row of False and True


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


@dataclass(frozen=True, slots=True)
class Picture:
    """A QR code for SVG: ``side`` cells square, margin included; ``path`` draws a line
    of width 1 through each run of dark cells."""

    side: int
    path: str


def picture(code: str) -> Picture:
    qr = QRCode(error_correction=ERROR_CORRECT_M, border=2)
    qr.add_data(code)
    rows = qr.get_matrix()
    runs = (
        f"M{run.start()} {y}.5h{len(run.group())}"
        for y, row in enumerate(rows)
        for run in DARK.finditer(bytes(row))
    )
    return Picture(len(rows), "".join(runs))
