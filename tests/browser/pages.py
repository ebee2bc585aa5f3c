"""Every page by who sees it, so that what must hold everywhere is asked everywhere."""

from collections.abc import Iterator

from gymsite.core.models import User
from tests.browser.conftest import Gym


def pages(gym: Gym) -> Iterator[tuple[User | None, list[str]]]:
    """(visitor, the paths to look at) for each kind of visitor."""
    day = f"/?day={gym.open.session_date.isoformat()}"
    yield (
        None,
        [
            day,
            "/?day=2020-01-01",
            f"/classes/{gym.open.pk}/",
            "/plans/",
            "/trainers/",
            "/trainers/lena-brandt/",
            "/account/login/",
            "/account/signup/",
            "/account/password/reset/",
            "/shop/",
            "/shop/products/mat/",
            "/shop/products/gone/",
            "/shop/products/nothing/",
            "/shop/?price=nothing",
            "/classes/999999/",
            "/nothing-here/",
        ],
    )
    yield (
        gym.member,
        [
            day,
            *(f"/classes/{session.pk}/" for session in (gym.open, gym.full, gym.booked, gym.waiting)),
            "/bookings/",
            "/bookings/past/",
            f"/bookings/{gym.reference}/",
            f"/bookings/{gym.cancelled_reference}/",
            "/visits/",
            "/calendar/",
            "/checkin-code/",
            "/membership/",
            f"/membership/{gym.member.memberships.get().pk}/end/",
            "/plans/",
            "/plans/pack-10/",
            "/notifications/",
            "/profile/",
            "/profile/pin/",
            "/account/email/",
            "/account/password/change/",
            "/account/logout/",
            "/account/2fa/",
            "/account/reauthenticate/",
            "/shop/",
            "/shop/?kind=clothing&sort=price&stock=1",
            "/shop/mats/?price=from-100",
            "/shop/ropes/",
            "/shop/search/?q=mat",
            "/shop/search/?q=trampoline",
            "/shop/products/mat/",
            "/shop/products/gone/",
            "/shop/products/withdrawn/",
        ],
    )
    yield (
        gym.trainer,
        [
            f"/teaching/?week={gym.open.session_date.isoformat()}",
            f"/teaching/{gym.booked.pk}/",
            "/bookings/",
            "/membership/",
            "/notifications/",
            "/visits/",
        ],
    )
    yield gym.owner, ["/styleguide/", "/kiosk/"]
