"""The site's settings, as tests need them.

They are a settings module and not environment variables set in a conftest:
pytest-django reads the settings before the first conftest is loaded, and subprocesses
that a test starts must not inherit any of this.
"""

import os

from gymsite.postgres import database
from gymsite.postgres.embedded import Server

# Tests have a cluster of their own, without fsync: it is quick, and no test meets the
# data of the demo.
EMBEDDED = (
    None
    if os.environ.get("DATABASE_URL")
    else Server(database.home() / "test", durable=False)
)
if EMBEDDED:
    os.environ["DATABASE_URL"] = EMBEDDED.url
# pytest-playwright keeps an event loop in the thread that also runs the fixtures, and
# Django would refuse queries there
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from gymsite.settings import *  # noqa: E402, F403
from gymsite.settings import HOME, STORAGES  # noqa: E402

if EMBEDDED:
    del os.environ["DATABASE_URL"]

DEBUG = False
# a test that imports gymsite.wsgi must not hurry the others of its process
REQUEST_WAITS = {}
DECLINED_CARD = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# no test collects static files, and a manifest would be missing
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
STATIC_ROOT = HOME / "test" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns about a missing one
