"""Whatever is sent to the API, the answer is a clear problem document.

It is never a 500, and nothing is half done.
"""

import json

import pytest

from bookings.models import Booking, CheckIn
from gymsite.core.models import User
from memberships.models import Membership
from tests.api import Api, assert_problem
from tests.factories import PASSWORD, MemberFactory, SessionFactory

pytestmark = pytest.mark.django_db

MEGABYTE = "x" * 2**20
LIST_PATHS = (
    "/classes/",
    "/classes/search",
    "/rooms",
    "/rooms/monday",
    "/membership/",
    "/membership/plans",
)


@pytest.fixture
def member():
    return MemberFactory(username="ada")


@pytest.fixture
def api(member):
    return Api(member)


@pytest.mark.parametrize(
    "session_id",
    [
        0,
        -1,
        2**63,
        10**400,
        1.5,
        True,
        None,
        "1",
        "abc",
        "",
        [],
        [1],
        {},
        {"id": 1},
        "\0",
        MEGABYTE,
    ],
    ids=lambda value: f"{value!r:.20}",
)
def test_an_id_that_is_none(api, session_id):
    raw = json.dumps({"session_id": session_id}).encode()
    assert (
        "session_id"
        in assert_problem(api.post("/bookings/book", raw=raw), 422, "invalid")["errors"]
    )
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"{'session_id': 1}", 400, "malformed_json"),
        (b'{"session_id": NaN}', 400, "malformed_json"),
        (b'{"session_id": Infinity}', 400, "malformed_json"),
        (b'{"session_id": 1} x', 400, "malformed_json"),
        (b"[" * 200_000, 400, "malformed_json"),
        (b'{"session_id": ' + b"9" * 5_000 + b"}", 400, "malformed_json"),
        (b'{"session_id": 1, "session_id": 2}', 422, "invalid"),
        (b'{"session_id": 1, "also": 2}', 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b"", 422, "invalid"),
        (b'{"session_id": "' + b"x" * 2**20 + b'"}', 422, "invalid"),
        (b" " * 2_700_000, 413, "too_large"),
    ],
    ids=lambda value: f"{value!r:.30}",
)
def test_bodies_that_can_not_be_read(api, raw, status, code):
    problem = assert_problem(api.post("/bookings/book", raw=raw), status, code)
    assert (status == 422) == bool(problem["errors"])
    assert len(json.dumps(problem)) < 2_000
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""],
)
def test_a_body_of_another_type_is_415(api, content_type):
    headers = {"Authorization": f"Bearer {api.token}"}
    response = api.client.generic(
        "POST",
        "/api/v1/bookings/book",
        b'{"session_id": 1}',
        content_type,
        headers=headers,
    )
    assert_problem(response, 415, "wrong_content_type")


def test_json_may_say_its_charset(api):
    session, headers = SessionFactory(), {"Authorization": f"Bearer {api.token}"}
    body = json.dumps({"session_id": session.pk}).encode()
    response = api.client.generic(
        "POST",
        "/api/v1/bookings/book",
        body,
        "application/json; charset=utf-8",
        headers=headers,
    )
    assert response.status_code == 201


@pytest.mark.parametrize("name", ["a\\u0000b", "\\ud800", "x\\udfff"])
@pytest.mark.parametrize(
    "field", ["username", "email", "password", "first_name", "last_name", "phone"]
)
def test_text_that_no_database_keeps_is_refused_by_field(field, name):
    fields = {
        "username": "grace",
        "email": "grace@example.com",
        "password": PASSWORD,
    } | {field: "%"}
    raw = json.dumps(fields).replace("%", name).encode()
    assert (
        field
        in assert_problem(Api().post("/users/register", raw=raw), 422, "invalid")[
            "errors"
        ]
    )
    assert not User.objects.filter(email="grace@example.com").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/users/a%00b",
        "/users/ada?x=%00",
        "/bookings/%00",
        "/classes/search?q=%00",
        "/%00",
    ],
)
def test_nul_in_an_address_is_refused(api, path):
    assert_problem(api.get(path), 422, "invalid")


@pytest.mark.parametrize(
    "name",
    [
        "%F0%9F%92%AA",
        "%E2%80%AEada",
        "%ff",
        "%ED%A0%80",
        "x" * 150,
        "..",
        "%2e%2e%2fadmin",
        "'; --",
    ],
)
def test_names_that_nobody_has_are_404(api, name):
    for path in (f"/users/{name}", f"/bookings/{name}"):
        assert_problem(api.get(path), 404, "not_found")


def test_a_name_longer_than_any_is_422(api):
    for path in ("/users/", "/bookings/"):
        assert_problem(api.get(path + "x" * 151), 422, "invalid")


@pytest.mark.parametrize(
    "number",
    ["0", "-5", "abc", "1.5", str(2**63), "9" * 300, "1e9", "%F0%9F%92%AA", "١", "1_0"],
)
def test_ids_in_addresses(api, number):
    """An id is ASCII digits.

    Digits of other scripts and groups of digits are numbers to Python.
    """
    for method, path in (
        ("DELETE", f"/bookings/{number}/cancel"),
        ("GET", f"/bookings/{number}/waitlist"),
        ("POST", f"/bookings/{number}/waitlist/join"),
        ("GET", f"/checkins/{number}"),
    ):
        assert_problem(api.request(method, path), 422, "invalid")
    assert_problem(api.post(f"/checkins/{number}/checkin", {}), 422, "invalid")
    assert_problem(
        api.post(f"/membership/{number}/enroll", {"plan_id": 1}), 422, "invalid"
    )
    assert not CheckIn.objects.exists()
    assert Membership.objects.count() == 1


def test_ids_of_nobody_and_of_others_sound_alike(api):
    other = MemberFactory()
    for user_id in (other.pk, 2**63 - 1):
        unknown = [
            assert_problem(api.get(f"/checkins/{user_id}"), 404, "not_found"),
            assert_problem(
                api.post(f"/checkins/{user_id}/checkin", {}), 404, "not_found"
            ),
            assert_problem(
                api.post(f"/membership/{user_id}/enroll", {"plan_id": 1}),
                404,
                "not_found",
            ),
        ]
        assert {problem["detail"] for problem in unknown} == {
            "There is no such person."
        }
    for name in (other.username, "nobody"):
        assert (
            assert_problem(api.get(f"/users/{name}"), 404, "not_found")["detail"]
            == "There is no such person."
        )
        assert_problem(api.get(f"/bookings/{name}"), 404, "not_found")


@pytest.mark.parametrize("path", LIST_PATHS)
@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=-1", "limit=abc", "limit=" + "9" * 5_000, "cursor=x", "cursor=W10", "cursor=bnVsbA",
     "cursor=WzFd" + "A" * 600, "cursor=W3RydWVd", "cursor=%F0%9F%92%AA"],
    ids=lambda value: value[:20],
)  # fmt: skip
def test_limits_and_cursors_that_were_not_given_out(api, path, query):
    errors = assert_problem(api.get(f"{path}?{query}"), 422, "invalid")["errors"]
    assert set(errors) == {query.partition("=")[0]}


def test_a_cursor_of_another_list_is_refused_or_harmless(api):
    SessionFactory()
    SessionFactory()
    cursor = api.get("/classes/?limit=1").json()["next"]
    for path in ("/rooms", "/membership/plans"):
        assert api.get(f"{path}?cursor={cursor}").status_code == 422
    assert api.get(
        f"/checkins/{api.get('/users/ada').json()['id']}?cursor={cursor}"
    ).status_code in (200, 422)


def test_addresses_and_methods_that_are_not_there(api):
    assert_problem(api.get("/nothing"), 404, "not_found")
    assert_problem(api.get(""), 404, "not_found")
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "BREW"):
        response = api.request(method, "/classes/")
        assert_problem(response, 405, "wrong_method")
        assert response["Allow"] == "GET"
    assert_problem(api.get("/bookings/book"), 405, "wrong_method")


def test_a_slash_too_many_or_too_few_is_forgiven(api):
    assert api.get("/classes").status_code == 200
    assert api.get("/rooms/").status_code == 200
    session = SessionFactory()
    assert api.post("/bookings/book/", {"session_id": session.pk}).status_code == 201


def test_a_double_click_books_once(api):
    session = SessionFactory()
    answers = [
        api.post("/bookings/book", {"session_id": session.pk}).status_code
        for _ in range(3)
    ]
    assert answers == [201, 409, 409]
    assert Booking.objects.count() == 1


def test_answers_carry_the_headers_of_an_api(api):
    for response in (
        api.get("/classes/"),
        api.get("/users/nobody"),
        api.get("/nothing"),
    ):
        assert response["Cache-Control"] == "no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert (
            response["Content-Security-Policy"]
            == "default-src 'none'; frame-ancestors 'none'"
        )
        assert int(response["Content-Length"]) == len(response.content)
        assert not response.cookies


def test_emoji_and_right_to_left_names_pass_through_whole():
    fields = {
        "username": "נועה",
        "email": "noa@example.com",
        "password": PASSWORD,
        "first_name": "נועה",
        "last_name": "👩🏽‍🦽💪",
    }
    found = Api().post("/users/register", fields).json()
    assert (found["username"], found["first_name"], found["last_name"]) == (
        "נועה",
        "נועה",
        "👩🏽‍🦽💪",
    )
    user = User.objects.get()
    assert Api(user).get("/users/נועה").json()["last_name"] == "👩🏽‍🦽💪"
