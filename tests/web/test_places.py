"""A row's physical place and the server's counters can come again.

What was kept under a row must not.
"""

import re
import tempfile
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from bookings.models import ClassSession, GymClass, Trainer
from catalog.models import Product
from gymsite.ops.rig.databases import using
from gymsite.postgres.embedded import Server
from gymsite.web import fragments
from memberships.models import Plan
from tests.factories import BranchFactory, PlanFactory, ProductFactory, SessionFactory

NAMES = ("Aqua", "Barre", "Cycle", "Dance", "Epic", "Flow", "Gong", "Hatha")
OF_THE_REQUEST = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"')


def execute(*statements: str) -> list[tuple]:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def make_brand() -> list[str]:
    """Make a brand with eight classes of one day, a product and a plan.

    One transaction writes the classes. Returns the addresses that show them.
    """
    with transaction.atomic():
        branch = BranchFactory()
        sessions = [
            SessionFactory(
                gym_class__branch=branch,
                gym_class__name=name,
                gym_class__starts=time(8 + n),
            )
            for n, name in enumerate(NAMES)
        ]
        product = ProductFactory(name="Mat")
        PlanFactory(name="Basic")
    return [
        f"/?day={sessions[0].session_date}",
        *(f"/classes/{session.pk}/" for session in sessions),
        "/shop/",
        f"/shop/products/{product.slug}/",
        "/api/v1/membership/plans",
    ]


def pages(addresses: list[str]) -> dict[str, str]:
    client = Client()
    answers = {address: client.get(address) for address in addresses}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {
        address: OF_THE_REQUEST.sub("", answer.content.decode())
        for address, answer in answers.items()
    }


def drawn_anew(addresses: list[str]) -> dict[str, str]:
    for cache in fragments.caches:
        cache.clear()
    return pages(addresses)


def assert_right(addresses: list[str]) -> None:
    """What this process kept says the same as a new process would say."""
    kept = pages(addresses)
    fresh = drawn_anew(addresses)
    assert [address for address in addresses if kept[address] != fresh[address]] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        (
            "VACUUM FULL bookings_classsession, catalog_product, memberships_plan, "
            "core_dataversion"
        ),
        "CLUSTER bookings_classsession USING bookings_session_branch_day",
        "VACUUM bookings_classsession",
    ],
)
def test_a_table_written_anew_shows_every_class_under_its_own_row(statement):
    addresses = make_brand()
    pages(addresses)
    for changed in ClassSession.objects.order_by("id")[:3]:
        ClassSession.objects.filter(pk=changed.pk).update(capacity=7)
        pages(addresses[:1])
        execute(statement)
        assert_right(addresses)
        pages(addresses)


@pytest.fixture
def servers(django_db_blocker) -> Iterator[tuple[Server, Server]]:
    """A server, and the place of another that a backup of it can be restored to."""
    with (
        tempfile.TemporaryDirectory(prefix="gymsite-test-") as name,
        django_db_blocker.unblock(),
    ):
        Path(name).chmod(0o755)
        first, second = (
            Server(Path(name) / home, durable=False) for home in ("first", "second")
        )
        first.start()
        try:
            yield first, second
        finally:
            second.stop("immediate")
            first.stop("immediate")


def place(server: Server) -> dict[str, str]:
    return {
        "NAME": server.database,
        "USER": "postgres",
        "PASSWORD": "",
        "HOST": str(server.socket_directory),
        "PORT": "",
    }


def restore(server: Server, target: Server) -> None:
    """Start ``target`` on a base backup of ``server``.

    It is as after a fail-over to what the backup holds.
    """
    target._make_directories()
    target._run(
        "pg_basebackup",
        "-D",
        target.data,
        "-h",
        server.socket_directory,
        "-U",
        "postgres",
        "-c",
        "fast",
    )
    target.start()


def change(word: str, capacity: int) -> tuple:
    """Change one of each thing that pages show.

    Returns the writer and the place of one row, as PostgreSQL gave them.
    """
    ClassSession.objects.update(capacity=capacity)
    Trainer.objects.update(name=f"Trainer {word}")
    GymClass.objects.update(name=f"Class {word}")
    Product.objects.update(name=f"Mat {word}")
    Plan.objects.update(name=f"Plan {word}")
    return execute(
        "SELECT xmin::text, ctid::text FROM bookings_classsession ORDER BY id LIMIT 1"
    )[0]


def next_transaction() -> int:
    return int(execute("SELECT pg_current_xact_id()::text")[0][0])


def test_a_restored_backup_under_a_running_worker_shows_what_it_holds(servers):
    first, second = servers
    with using(**place(first)):
        call_command("migrate", verbosity=0, interactive=False)
        addresses = make_brand()
        pages(addresses)
        restore(first, second)
        for _ in range(200):  # so that the other can catch up with its number
            reached = next_transaction()
        lost = change("lost", 30)
        assert "Class lost" in "".join(pages(addresses).values())
    with using(**place(second)):
        while next_transaction() < reached:
            pass
        # another change, by a writer of the same number, at the same place
        assert change("held", 31) == lost
        assert_right(addresses)
        shown = "".join(pages(addresses).values())
        assert "lost" not in shown
        assert "31 of 31 left" in shown
        for word in ("Trainer", "Class", "Mat", "Plan"):
            assert f"{word} held" in shown


@pytest.mark.django_db
class TestAChangeWhileAPageIsDrawn:
    """A change while a page is drawn does not outlive a fail-over.

    What is read after the version may be newer than the version. Kept under that
    version, it would outlive a fail-over that lost the change.
    """

    @pytest.mark.parametrize(
        ("path", "table", "reads"),
        [
            ("/shop/", "catalog_product", 1),
            ("/shop/products/{slug}/", "catalog_product", 1),
            ("/api/v1/membership/plans", "memberships_plan", 1),
            ("/?day={day}", "core_branch", 1),
            ("/?day={day}", "bookings_trainer", 2),
            ("/classes/{pk}/", "bookings_trainer", 1),
        ],
    )
    def test_nothing_newer_is_kept_under_the_version_before(self, path, table, reads):
        session, product, _ = SessionFactory(), ProductFactory(), PlanFactory()
        path = path.format(slug=product.slug, day=session.session_date, pk=session.pk)
        before = execute("SELECT name, value FROM core_dataversion")
        with connection.execute_wrapper(
            changes_once_read(f"UPDATE {table} SET name = 'Lost'", reads=reads)
        ):
            pages([path])
        execute(f"UPDATE {table} SET name = 'Held'")
        for name, value in before:  # as a fail-over takes them back
            execute(
                f"UPDATE core_dataversion SET value = {value} WHERE name = '{name}'"
            )
        shown = pages([path])[path]
        assert "Lost" not in shown
        assert "Held" in shown


def changes_once_read(statement: str, *, reads: int):
    """Change something when the version has been read a number of times.

    Somebody else does so before the next statement.
    """
    seen: list[str] = []

    def wrapper(run, sql, params, many, context):
        if len(seen) == reads:
            seen.append("changed")
            execute(statement)
        elif "core_dataversion" in sql or "core_version(" in sql:
            seen.append(sql)
        return run(sql, params, many, context)

    return wrapper
