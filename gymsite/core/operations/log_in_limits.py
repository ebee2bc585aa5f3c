"""How often somebody may try to log in, on pages and over the API.

Failures are counted by the account (whichever of its names is typed) together with
where they come from. So nobody's wrong tries lock another out: neither somebody at the
same address, such as a gym behind its one Wi-Fi, nor a stranger who knows a name. A
device that has logged in to the account before is an origin of its own, which no flood
from elsewhere reaches. Unknown devices are slowed once one account, or one network, has
had many wrong tries.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from gymsite.core import throttle, tokens
from gymsite.core.models import User
from gymsite.core.text import tidy_identifier


@dataclass(frozen=True, slots=True)
class Limit:
    allowed: int
    window: timedelta


OF_ORIGIN = Limit(10, timedelta(minutes=5))
OF_ACCOUNT = Limit(100, timedelta(hours=1))
OF_NETWORK = Limit(300, timedelta(minutes=5))
REGISTRATIONS = Limit(30, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a try comes from.

    ``device`` is the id that a browser was given when it logged in to this account.
    """

    address: str
    device: str = ""

    @property
    def network(self) -> str:
        """The address; of IPv6 the /64.

        Every home has a /64 of addresses to choose from.
        """
        return _network(self.address, 64)

    @property
    def site(self) -> str:
        """The address; of IPv6 the /48.

        A /48 is what anybody can rent, with 65,536 networks in it.
        """
        return _network(self.address, 48)


def _network(address: str, bits: int) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False).network_address)


def account_of(name: str) -> str:
    """One word for an account, the same for any of its names.

    A name that is nobody's gets a word too, and costs the same query.
    """
    name = tidy_identifier(name)
    asked = Q(username__iexact=name) | Q(email=name.lower())
    # at most two rows, each found by its index
    found = list(User.objects.filter(asked).values_list("pk", flat=True))
    return (
        str(min(found)) if found else f"nobody:{tokens.digest(name.lower()).hex()[:32]}"
    )


def check(account: str, origin: Origin, *, now: datetime) -> None:
    """Raise TooMany where too many tries failed, before a password is looked at."""
    for key, limit in _counted(account, origin):
        throttle.check(key, allowed=limit.allowed, window=limit.window, now=now)


def failed(account: str, origin: Origin, *, now: datetime) -> None:
    """Count a wrong try."""
    for key, limit in _counted(account, origin):
        throttle.count(key, window=limit.window, now=now)


def succeeded(account: str, origin: Origin) -> None:
    """Forget the earlier failures of this account from this origin.

    The counts of the account and the network that they are part of stay.
    """
    throttle.forget(_counted(account, origin)[0][0])


def check_registering(origin: Origin, *, now: datetime) -> None:
    """Count an account that is opened from a network, or asked for in vain.

    Raises TooMany.
    """
    limit = REGISTRATIONS
    throttle.hit(
        f"register:{origin.site}", allowed=limit.allowed, window=limit.window, now=now
    )


def _counted(account: str, origin: Origin) -> list[tuple[str, Limit]]:
    if origin.device:
        return [(f"login:{account}:device:{origin.device}", OF_ORIGIN)]
    return [
        (f"login:{account}:from:{origin.network}", OF_ORIGIN),
        (f"login:{account}", OF_ACCOUNT),
        (f"login-from:{origin.site}", OF_NETWORK),
    ]
