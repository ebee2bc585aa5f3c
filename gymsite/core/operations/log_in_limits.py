"""How often somebody may try to log in, on pages and over the API.

Failures are counted by account (whichever of its names is typed) and where they come
from together. So nobody's wrong tries lock another out: neither somebody at the same
address, such as a gym behind its one Wi-Fi, nor a stranger who knows a name. A device
that has logged in to the account before is an origin of its own, which no flood from
elsewhere reaches. What many wrong tries of one account, or from one network, come to is
slowed for devices that are not known.
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
    """Where a try comes from; ``device`` is the id that a browser was given when it
    logged in to this account."""

    address: str
    device: str = ""

    @property
    def network(self) -> str:
        """The address; of IPv6 the /64, of which every home has one to choose from."""
        return _network(self.address, 64)

    @property
    def site(self) -> str:
        """The address; of IPv6 the /48, which is what one can rent with 65,536 networks
        in it."""
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
    """One word for an account by any of its names; also for a name that is nobody's,
    which costs the same query."""
    name = tidy_identifier(name)
    asked = Q(username__iexact=name) | Q(email=name.lower())
    # two at most, each by its index
    found = list(User.objects.filter(asked).values_list("pk", flat=True))
    return (
        str(min(found)) if found else f"nobody:{tokens.digest(name.lower()).hex()[:32]}"
    )


def check(account: str, origin: Origin, *, now: datetime) -> None:
    """Raise TooMany before a password is looked at, where too many failed already."""
    for key, limit in _counted(account, origin):
        throttle.check(key, allowed=limit.allowed, window=limit.window, now=now)


def failed(account: str, origin: Origin, *, now: datetime) -> None:
    """Count a wrong try."""
    for key, limit in _counted(account, origin):
        throttle.count(key, window=limit.window, now=now)


def succeeded(account: str, origin: Origin) -> None:
    """What failed before from there counts no more; the floods that it is a part of
    still do."""
    throttle.forget(_counted(account, origin)[0][0])


def check_registering(origin: Origin, *, now: datetime) -> None:
    """Count an account that is opened from a network, or asked for in vain; raises
    TooMany."""
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
