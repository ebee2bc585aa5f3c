"""What somebody without an account can make the site keep.

The site keeps few rows, none of them for long, and no bytes.
"""

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import connection
from django.test import Client
from django.utils import timezone

from gymsite import gunicorn
from gymsite.api import api
from gymsite.core import tasks
from gymsite.core.models import PageSession, Throttle
from gymsite.core.operations.log_in_limits import Origin
from gymsite.web.pictures import LARGEST_FILE
from tests.hostile import encoded, names_read
from tests.site import gym, pages
from tests.test_hostile_input import FORM

pytestmark = pytest.mark.django_db
MEGABYTE = 2**20
TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""
BODIES = (
    {},
    {
        "username": "zoe",
        "email": "zoe@example.com",
        "password": "correct horse battery",
    },
    {"username": "zoe", "password": "wrong"},
    {"refresh_token": "x" * 43},
)


def counted() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        each = " UNION ALL ".join(
            f"SELECT '{name}', count(*) FROM {name}" for (name,) in cursor.fetchall()
        )
        cursor.execute(each)
        return dict(cursor.fetchall())


def asked_everything(site) -> None:
    for template in pages():
        path, client = site.filled(template), Client(raise_request_exception=False)
        client.get(path)
        client.get(path, headers={"X-Requested-With": "XMLHttpRequest"})
        with names_read() as names:
            client.generic("POST", path, "", FORM)
        for value in ("1", "zoe@example.com", "correct horse battery"):
            client.generic("POST", path, encoded(dict.fromkeys(names, value)), FORM)
    for path, methods in api.document["paths"].items():
        filled = site.filled(path[1:].replace("{", "<").replace("}", ">"))
        for method in methods:
            for number, body in enumerate(BODIES):
                headers = {"Idempotency-Key": f"{method}{filled}{number}"}
                client = Client(raise_request_exception=False)
                client.generic(
                    method.upper(),
                    filled,
                    json.dumps(body),
                    "application/json",
                    headers=headers,
                )


def test_a_stranger_adds_to_the_tables_alone_that_the_page_names(project):
    page = (
        (project / "docs/retention.md")
        .read_text()
        .partition("## What a stranger can add")[2]
        .partition("\n## ")[0]
    )
    named = set(re.findall(r"`([a-z]+_[a-z]+)`", page))
    site = gym()
    before = counted()
    asked_everything(site)
    grown = {name for name, rows in counted().items() if rows > before[name]}
    # a mail's signed link switches a topic off, each at most once
    assert grown - {"core_mailoptout", "account_emailaddress"} <= named
    assert {"core_throttle", "core_pagesession", "core_user"} <= grown


def test_no_session_keeps_what_a_stranger_has_sent():
    for page in ("totp/activate", "recovery-codes/generate", "webauthn/add"):
        answer = Client().post(f"/account/2fa/{page}/", {"name": "x" * 100_000})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/")
    assert not PageSession.objects.exists()


def test_a_visitors_session_lasts_an_hour_and_is_swept():
    client = Client()
    client.get(
        "/account/2fa/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"}
    )
    kept = PageSession.objects.get()
    assert (kept.expire_date - timezone.now()).total_seconds() == pytest.approx(
        3600, abs=30
    )
    PageSession.objects.update(expire_date=timezone.now())
    tasks.forget_strangers()
    assert not PageSession.objects.exists()


def test_what_failed_log_ins_leave_is_swept_after_their_hour_and_the_rest_stays():
    now = timezone.now()
    old, new = now - timedelta(hours=1, minutes=1), now - timedelta(minutes=59)
    keys = (
        "login:nobody:abc",
        "login-from:1.2.3.4",
        "register:1.2.3.4",
        "join-mail:abc",
        "registered-again:1",
        "pin:1",
    )
    for key in keys:
        Throttle.objects.create(key=key, started_at=old, hits=1)
    Throttle.objects.create(key="login:5", started_at=new, hits=1)
    tasks.forget_strangers()
    assert set(Throttle.objects.values_list("key", flat=True)) == {
        "login:5",
        "registered-again:1",
        "pin:1",
    }


def test_all_that_one_can_rent_counts_as_one():
    assert Origin("2001:db8:1:2::3").network == "2001:db8:1:2::"
    assert (
        Origin("2001:db8:1:2::3").site
        == Origin("2001:db8:1:ffff::9").site
        == "2001:db8:1::"
    )
    assert Origin("192.0.2.7").site == "192.0.2.7"


class Unread(BytesIO):
    """A body of which nobody may read a byte."""

    def read(self, *_):
        raise AssertionError("it was read")

    readline = read


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/account/login/", settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1),
        ("/", 10**15),
        ("/nothing/", settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1),
        ("/admin/catalog/product/add/", settings.LARGEST_UPLOAD + 1),
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_read(path, size):
    client = Client()
    multipart = "multipart/form-data; boundary=b"
    answer = client.generic(
        "POST",
        path,
        b"",
        multipart,
        CONTENT_LENGTH=str(size),
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    assert "That is too much at once" in answer.content.decode()


@pytest.mark.parametrize("who", ["", "member"])
def test_a_file_of_somebody_who_is_no_staff_is_kept_nowhere(who, monkeypatch):
    """Nothing is kept, even where the site looks for the form's token.

    That look reads all of the form before anybody asks who sends it.
    """
    spooled = []
    monkeypatch.setattr(
        TemporaryFileUploadHandler, "new_file", lambda *_, **__: spooled.append(1)
    )
    client, token = gym().client(who), "t" * 32
    client.handler.enforce_csrf_checks = True
    client.cookies[settings.CSRF_COOKIE_NAME] = token
    typed = {
        "upload": SimpleUploadedFile("a.png", b"x" * 3 * MEGABYTE),
        "csrfmiddlewaretoken": token,
    }
    answer = client.post("/admin/catalog/product/add/", typed)
    assert answer.status_code in (302, 403)
    assert not spooled


def bytes_of(size: str) -> int:
    return int(size[:-1]) * {"k": 2**10, "m": 2**20}[size[-1]]


def test_the_limits_of_form_site_and_nginx_agree(project):
    page = (project / "docs/deploy.md").read_text()
    pages_most, admin_most = map(
        bytes_of, re.findall(r"client_max_body_size (\w+);", page)
    )
    assert (
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        <= pages_most
        < settings.DATA_UPLOAD_MAX_MEMORY_SIZE + MEGABYTE
    )
    assert (
        LARGEST_FILE + MEGABYTE
        < settings.LARGEST_UPLOAD
        <= admin_most
        <= settings.LARGEST_UPLOAD + MEGABYTE
    )
    (header,) = re.findall(r"large_client_header_buffers \d+ (\w+);", page)
    assert gunicorn.limit_request_field_size <= bytes_of(header)
    (patience,) = re.findall(r"proxy_read_timeout (\d+)s;", page)
    assert int(patience) > gunicorn.timeout
