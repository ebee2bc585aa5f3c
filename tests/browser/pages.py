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
            "/trainers/lena-brandt/?day=2099-01-01",
            "/appointments/",
            gym.slot,
            "/contact/",
            f"/branches/{gym.open.branch.slug}/",
            "/terms/",
            "/privacy/",
            "/account/login/",
            "/account/signup/",
            "/account/password/reset/",
            "/shop/",
            "/shop/products/mat/",
            "/shop/products/gone/",
            "/shop/products/nothing/",
            "/shop/?price=nothing",
            "/shop/rentals/",
            "/classes/999999/",
            "/nothing-here/",
        ],
    )
    yield (
        gym.member,
        [
            day,
            *(
                f"/classes/{session.pk}/"
                for session in (gym.open, gym.full, gym.booked, gym.waiting)
            ),
            "/bookings/",
            "/bookings/past/",
            f"/bookings/{gym.reference}/",
            f"/bookings/{gym.cancelled_reference}/",
            "/appointments/past/",
            f"/appointments/?at={gym.slot.rstrip('/').rpartition('/')[2]}",
            gym.slot,
            gym.slot[:-6] + "0100Z/",
            *(f"/appointments/{reference}/" for reference in gym.appointments),
            f"/appointments/{gym.appointments[0]}/move/",
            f"/appointments/{gym.appointments[0]}/move/"
            f"{gym.slot.rstrip('/').rpartition('/')[2]}/",
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
            "/profile/username/",
            "/profile/sessions/",
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
            "/shop/cart/",
            "/shop/orders/",
            f"/shop/orders/{gym.order}/",
            "/shop/products/mat/review/",
            "/shop/products/gone/review/",
            "/shop/products/rope/review/",
            "/shop/rentals/",
            "/shop/rentals/rent/racket/",
            "/shop/rentals/rent/locker/",
            "/shop/rentals/rent/racket/?first=2020-01-01&last=x",
            "/shop/rentals/mine/",
            *(f"/shop/rentals/{reference}/" for reference in gym.rentals),
        ],
    )
    yield (
        gym.trainer,
        [
            f"/teaching/week/?week={gym.open.session_date.isoformat()}",
            "/teaching/",
            "/teaching/hours/",
            "/teaching/hours/add/",
            "/teaching/hours/away/",
            "/teaching/clients/",
            "/teaching/calendar/",
            f"/teaching/appointments/{gym.appointments[0]}/",
            f"/teaching/appointments/{gym.appointments[0]}/move/",
            f"/teaching/clients/{gym.member.pk}/",
            f"/teaching/clients/{gym.member.pk}/book/",
            f"/teaching/{gym.booked.pk}/",
            "/bookings/",
            "/membership/",
            "/notifications/",
            "/visits/",
            "/shop/cart/",
            "/shop/checkout/",
            "/shop/orders/",
            "/shop/rentals/mine/",
        ],
    )
    yield gym.owner, ["/styleguide/", "/kiosk/"]
