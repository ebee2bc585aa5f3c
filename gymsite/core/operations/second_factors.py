"""The code beside the password, from an authenticator app or a recovery code.

Each code is good once.
"""

from datetime import datetime, timedelta

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.db import transaction

from gymsite.core import throttle, tokens
from gymsite.core.errors import TooMany

# allauth marks a code as used for one period of 30 s, but also takes it for a period
# before and after its own
A_CODE_LASTS = timedelta(
    seconds=app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
)


@transaction.atomic
def spend_code(*, user_id: int, code: str, now: datetime) -> Authenticator | None:
    """The authenticator that ``code`` belongs to; the code is then used.

    None where the code is wrong or used. Of two requests with one code at once, the
    second waits for the account's authenticators, then finds the code used.
    """
    means = (
        Authenticator.objects.select_for_update().filter(user_id=user_id).order_by("pk")
    )
    for authenticator in means:
        # a passkey is shown, never typed
        by_code = authenticator.type != Authenticator.Type.WEBAUTHN
        if by_code and authenticator.wrap().validate_code(code):
            return authenticator if _is_first(user_id, code, now) else None
    return None


def _is_first(user_id: int, code: str, now: datetime) -> bool:
    key = f"code:{user_id}:{tokens.digest(code.replace(' ', '')).hex()[:32]}"
    try:
        throttle.hit(key, allowed=1, window=A_CODE_LASTS, now=now)
    except TooMany:
        return False
    return True
