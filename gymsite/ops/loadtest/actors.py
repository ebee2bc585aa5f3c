"""Who visits the site, as Locust's users.

Imported by the process of the swarm alone: Locust patches what it runs in.

Each task is one request, as a person clicks, and the pause between two is the time to
read. An answer is either what was asked for, or a refusal that a person may well get
(somebody was quicker: 409), or an error.
"""

import json
import random
import re
from collections.abc import Collection
from itertools import cycle
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote, urlencode

from locust import FastHttpUser, task

API = "/api/v1"
CREATED, FOUND, CONFLICT = 201, 302, 409
CODE = re.compile(r'"code":\s*"([a-z_]+)"')


class Answer(NamedTuple):
    """``status`` is 0 where the connection broke."""

    status: int
    text: str

    @property
    def code(self) -> str:
        """Of a refusal in the API."""
        found = CODE.search(self.text)
        return found[1] if found else ""


class Actor(FastHttpUser):
    """A user with a cookie and a token, who tells ``record`` of each answer."""

    abstract = True
    connection_timeout = network_timeout = 60.0
    record: ClassVar[Any]
    things: ClassVar[dict[str, list]]
    people: ClassVar[Any]  # an endless iterator of {"id", "cookie", "token"}

    def on_start(self) -> None:
        self.me = next(self.people) if self.people else {}
        self.booked: list[int] = []
        self.has_cart = False

    def one(self, kind: str) -> Any:
        return random.choice(self.things[kind])  # noqa: S311

    def page(self, action: str, path: str) -> None:
        self.ask(action, "GET", path, headers={"Accept": "text/html"})

    def api(self, action: str, path: str) -> None:
        self.ask(action, "GET", API + path)

    def post(self, action: str, path: str, **fields: object) -> int:
        """Send a form; the status. A form that did what it should leads on (302)."""
        token = self.me["cookie"].rpartition("=")[2]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "text/html",
        }
        content = urlencode(fields | {"csrfmiddlewaretoken": token})
        return self.ask(
            action, "POST", path, (FOUND,), (CONFLICT,), data=content, headers=headers
        ).status

    def ask(
        self,
        action: str,
        method: str,
        path: str,
        wanted: Collection[int] = (200,),
        refusals: Collection[int] = (),
        *,
        headers: dict[str, str] | None = None,
        **content: Any,
    ) -> Answer:
        """Send one request and tell how it went."""
        proof = (
            {"Cookie": self.me["cookie"], "Authorization": f"Bearer {self.me['token']}"}
            if self.me
            else {}
        )
        shown = "Authorization" if path.startswith(API) else "Cookie"
        sent = (headers or {}) | ({shown: proof[shown]} if proof else {})
        with self.client.request(
            method,
            path,
            name=action,
            headers=sent,
            catch_response=True,
            allow_redirects=False,
            **content,
        ) as got:
            answer = Answer(got.status_code, got.text or "")
            got.success()  # what is an error is the record's to know
        known = answer.status in wanted or answer.status in refusals
        why = (
            ""
            if known
            else (
                f"{method} {path}: {answer.status} {getattr(got, 'error', '')} "
                f"{answer.text[:300]}"
            )
        )
        self.record.tell(
            action, got.request_meta["response_time"], answer.status in refusals, why
        )
        return answer


class Visitor(Actor):
    """Looks round and is nobody yet."""

    @task(5)
    def timetable(self) -> None:
        self.page("timetable, anonymous", "/")

    @task(4)
    def class_page(self) -> None:
        self.page("class page, anonymous", f"/classes/{self.one('sessions')}/")

    @task(3)
    def plans(self) -> None:
        self.page("plans", "/plans/")

    @task(2)
    def trainers(self) -> None:
        self.page("trainers", "/trainers/")

    @task(3)
    def shelf(self) -> None:
        self.page("shop, anonymous", self.one("shelves"))

    @task(3)
    def product(self) -> None:
        self.page("product, anonymous", self.one("products")["path"])


class Member(Actor):
    """Comes to train: looks, books by site or app, queues, changes the mind."""

    @task(6)
    def timetable(self) -> None:
        self.page("timetable", "/")

    @task(4)
    def class_page(self) -> None:
        self.page("class page", f"/classes/{self.one('sessions')}/")

    @task(3)
    def my_bookings(self) -> None:
        self.page("my bookings", "/bookings/")

    @task(1)
    def notifications(self) -> None:
        self.page("notifications", "/notifications/")

    @task(3)
    def sessions_ahead(self) -> None:
        self.api("API sessions", "/classes/")

    @task(1)
    def search(self) -> None:
        self.api("API search classes", f"/classes/search?q={quote(self.one('words'))}")

    @task(2)
    def book_on_site(self) -> None:
        session = self.one("sessions")
        if self.post("book, form", f"/classes/{session}/book/") == FOUND:
            self.booked.append(session)

    @task(2)
    def book_in_app(self) -> None:
        session = self.one("sessions")
        answer = self.book("API book", session)
        if answer.status == CREATED:
            self.booked.append(session)
        elif answer.code == "session_full":
            self.join(session)

    def book(self, action: str, session: int) -> Answer:
        return self.ask(
            action,
            "POST",
            f"{API}/bookings/book",
            (CREATED,),
            (CONFLICT,),
            json={"session_id": session},
        )

    def join(self, session: int) -> None:
        self.ask(
            "API join waitlist",
            "POST",
            f"{API}/bookings/{session}/waitlist/join",
            (CREATED,),
            (CONFLICT,),
        )

    @task(1)
    def cancel(self) -> None:
        """What this run has booked, if anything; the seeded bookings stay."""
        if not self.booked:
            return self.my_bookings()
        session = self.booked.pop()
        self.ask(
            "API cancel",
            "DELETE",
            f"{API}/bookings/{session}/cancel",
            (200,),
            (CONFLICT,),
        )
        return None


class Shopper(Actor):
    """Looks along the shelves, fills a cart and sometimes pays it."""

    @task(4)
    def shelf(self) -> None:
        self.page("shop", self.one("shelves"))

    @task(5)
    def product(self) -> None:
        self.page("product", self.one("products")["path"])

    @task(2)
    def search(self) -> None:
        self.page("search the shop", f"/shop/search/?q={quote(self.one('names'))}")

    @task(2)
    def add(self) -> None:
        product = self.one("products")["id"]
        if self.post("add to cart", f"/shop/cart/add/{product}/", quantity=1) == FOUND:
            self.has_cart = True

    @task(1)
    def cart(self) -> None:
        self.page("cart", "/shop/cart/")

    @task(1)
    def check_out(self) -> None:
        """In the app, which asks first for the cart that the site has filled."""
        if not self.has_cart:
            return self.cart()
        self.has_cart = False
        answer = self.ask(
            "API my cart", "POST", f"{API}/carts/", (200, CREATED), json={}
        )
        if answer.status in (200, CREATED):
            cart = json.loads(answer.text)["id"]
            self.ask(
                "API check out",
                "POST",
                f"{API}/carts/{cart}/checkout",
                (CREATED,),
                (CONFLICT,),
                json={},
            )
        return None


class FrontDesk(Actor):
    """Lets people in and looks them up."""

    @task(5)
    def check_in(self) -> None:
        self.ask(
            "API check in",
            "POST",
            f"{API}/checkins/{self.one('members')['id']}/checkin",
            (CREATED,),
            json={},
        )

    @task(3)
    def find(self) -> None:
        self.page(
            "admin: find a member",
            f"/admin/core/user/?q={quote(self.one('members')['name'])}",
        )

    @task(2)
    def sessions(self) -> None:
        self.page("admin: sessions", "/admin/bookings/classsession/")

    @task(1)
    def orders(self) -> None:
        self.page("admin: orders", "/admin/catalog/order/")


class Staff(Actor):
    """A manager: the work queue and the lists behind it."""

    @task(3)
    def work_queue(self) -> None:
        self.page("admin: work queue", "/admin/")

    @task(2)
    def bookings(self) -> None:
        self.page("admin: bookings", "/admin/bookings/booking/")

    @task(2)
    def payments(self) -> None:
        self.page("admin: payments", "/admin/payments/payment/")

    @task(1)
    def stock(self) -> None:
        self.page("admin: stock", "/admin/catalog/stocklevel/")

    @task(1)
    def waitlist(self) -> None:
        self.api("API waitlist", f"/bookings/{self.one('sessions')}/waitlist")


ACTORS = {
    "visitor": Visitor,
    "member": Member,
    "shopper": Shopper,
    "front desk": FrontDesk,
    "staff": Staff,
}


def cast(plan: dict[str, Any], record: Any) -> list[Any]:
    """The classes that Locust makes its users of, for the run that ``plan`` says."""
    Actor.host, Actor.things, Actor.record = plan["address"], plan["things"], record
    low, high = plan["think"]
    Actor.wait_time = lambda self: random.uniform(low, high)  # noqa: S311
    for name, actor in ACTORS.items():
        actor.weight = plan["mix"][name]
        actor.people = cycle(plan["people"].get(name, []) or [{}])
    return list(ACTORS.values())
