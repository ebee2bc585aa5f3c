"""The tests' database server, their browser, and what a skipped test means in CI."""

import os
import shutil
import signal
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from gymsite.core.models import Role
from gymsite.ops.prove.provider import Provider
from gymsite.payments import gateways
from gymsite.web import fragments
from tests.emptying import empty_tables
from tests.factories import UserFactory
from tests.template import template

CHROMIUM = (
    shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # it is 64 MB in many containers
]
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "django_db_setup",
    "live_server",
    "client",
    "admin_client",
}
ROOT_ONLY = "as root only"
# Their tests take longest: who begins with them is not left alone with one at the end.
LONG = (
    "test_admin_everywhere",
    "test_api_clients",
    "test_bench",
    "test_every_page",
    "test_hostile_",
    "test_html",
    "test_loadtest",
    "test_migrations",
    "test_prove",
    "test_restore",
)
ran_before = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    # processes in the background of a shell ignore Ctrl-C, and so would the commands
    # that tests interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)
    TransactionTestCase._fixture_teardown = lambda self: empty_tables()
    if settings.EMBEDDED and not _is_worker(config):
        config.stash[ran_before] = settings.EMBEDDED.alive()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when all workers are done with it.

    The process that pytest was started as does so.
    """
    if settings.EMBEDDED and config.stash.get(ran_before, None) is False:
        settings.EMBEDDED.stop()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_keepdb: bool,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Bring the server up, and have the test database copied from a migrated one.

    This is pytest-django's hook, before it makes the test database.
    """
    if settings.EMBEDDED:
        settings.EMBEDDED.start()
    test = connection.settings_dict["TEST"]
    with django_db_blocker.unblock():
        test["TEMPLATE"] = template()
    # one that is used again may lack migrations
    test["MIGRATE"] = django_db_keepdb


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Mark what talks to the database; skip what has no browser; put the long first.

    By the mark CI can run just those tests on another PostgreSQL.
    """
    if _is_worker(config):
        items.sort(key=lambda item: not item.path.name.startswith(LONG))
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & fixtures:
            item.add_marker("database")
        if {"page", "context", "browser"} & fixtures:
            item.add_marker("browser")
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="NO CHROMIUM: apt install chromium")
                )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Turn a skipped test into a failure in CI.

    Everything that a test needs is installed there.
    """
    report = yield
    excused = hasattr(report, "wasxfail") or ROOT_ONLY in str(report.longrepr)
    if IN_CI and report.skipped and not excused:
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure in CI: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.write_sep(
            "!", "no Chromium here: EVERY BROWSER TEST WAS SKIPPED", red=True, bold=True
        )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return browser_type_launch_args | {
        "executable_path": CHROMIUM,
        "args": CHROMIUM_FLAGS,
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return browser_context_args | {
        "locale": "en-GB",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def manager(client):
    """A manager, who is logged in."""
    user = UserFactory(role=Role.MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def owner(client):
    """An owner, who is logged in."""
    user = UserFactory(role=Role.OWNER)
    client.force_login(user)
    return user


@pytest.fixture
def project() -> Path:
    """The checkout's root."""
    return Path(settings.BASE_DIR)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Begin each test as a new process begins.

    It can then count what is drawn for the first time.
    """
    for cache in fragments.caches:
        cache.clear()


@pytest.fixture
def provider(monkeypatch):
    """The site's card gateway for a test: one that keeps its own books."""
    made = Provider()
    monkeypatch.setitem(gateways.GATEWAYS, "card", made)
    return made
