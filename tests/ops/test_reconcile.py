"""What reconcile tells of a database: right, not right, or a statement fails."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection

from gymsite.core import invariants as core
from gymsite.core import tokens
from gymsite.core.models import ApiSession, Event, IdempotencyKey
from gymsite.core.operations.events import record
from gymsite.ops.invariants import INVARIANTS, Invariant, across
from gymsite.ops.reconcile import check
from gymsite.ops.reconcile import page as page_module
from gymsite.ops.reporting import documents
from tests.event_kinds import Made
from tests.factories import MemberFactory, SessionFactory, UserFactory

NONSENSE = Invariant("nonsense", "Nothing.", (), "SELECT id FROM no_such_table")
THREE = Invariant(
    "three",
    "There is no number.",
    (),
    "SELECT n AS number FROM generate_series(1, 3) n",
)


@pytest.fixture
def overbooked(db):
    """A session that says it is full, with nobody in it."""
    session = SessionFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE bookings_classsession SET booked_count = 20 WHERE id = %s",
            [session.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    return session


def test_names_are_unique_and_every_one_says_what_holds():
    assert len({invariant.name for invariant in INVARIANTS}) == len(INVARIANTS)
    assert all(
        invariant.says.endswith(".") and invariant.tables for invariant in INVARIANTS
    )


@pytest.mark.django_db
class TestAsking:
    def test_all_hold_in_an_empty_database(self):
        results = check.ask_all(INVARIANTS, parallel=1)
        assert [result.invariant.name for result in results if not result.holds] == []

    def test_a_result_counts_all_rows_and_shows_some(self):
        result = check.ask(THREE, shown=2)
        assert (result.state, result.count, result.columns, result.rows) == (
            "BROKEN",
            3,
            ["number"],
            [[1], [2]],
        )

    def test_a_statement_that_fails_is_told_and_does_not_stop_the_others(self):
        failed, after = check.ask_all([NONSENSE, THREE], parallel=1)
        assert failed.state == "FAILED"
        assert "no_such_table" in failed.error
        assert not failed.holds
        assert after.count == 3

    def test_it_can_write_nothing(self):
        with pytest.raises(InternalError, match="read-only"), check.reading() as cursor:
            cursor.execute("DELETE FROM core_outbox")


@pytest.mark.django_db(transaction=True)
def test_several_connections_ask_what_one_does():
    session = SessionFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE bookings_classsession SET booked_count = 20 WHERE id = %s",
            [session.pk],
        )
        cursor.execute("RESET session_replication_role")
    found = [check.ask_all(INVARIANTS, parallel=parallel) for parallel in (1, 3)]
    one, three = (
        [(result.invariant.name, result.state, result.rows) for result in results]
        for results in found
    )
    assert one == three
    assert [name for name, state, _ in one if state == "BROKEN"] == ["booked_count"]


class TestCommand:
    def test_json_says_what_is_broken_and_the_exit_status_too(
        self, overbooked, capsys, tmp_path
    ):
        path = tmp_path / "reconciled.json"
        with pytest.raises(CommandError) as ended:
            call_command("reconcile", json=True, output=path, connections=1)
        assert ended.value.returncode == 1
        found = json.loads(capsys.readouterr().out)
        assert found == json.loads(path.read_text())
        broken = [row for row in found["invariants"] if row["state"] == "BROKEN"]
        assert [(row["name"], row["count"]) for row in broken] == [("booked_count", 1)]
        assert broken[0]["rows"] == [
            {"id": overbooked.pk, "booked_count": 20, "capacity": 20, "places": 0}
        ]
        assert not found["holds"]
        assert len(found["invariants"]) == len(INVARIANTS)

    def test_people_are_shown_the_rows_with_their_columns(self, overbooked, capsys):
        with pytest.raises(CommandError, match="1 of 1 invariants"):
            call_command("reconcile", only=["booked_count"], connections=1)
        told = capsys.readouterr().out
        assert "1 rows, such as (id, booked_count, capacity, places):" in told
        assert f"{overbooked.pk}, 20, 20, 0" in told

    def test_the_documentation_shows_all_of_them(self, db, monkeypatch, tmp_path):
        page, (begin, end) = tmp_path / "reconcile.md", documents.marks("reconcile")
        page.write_text(f"{begin}\n{end}\n")
        monkeypatch.setattr(documents, "FOLDER", tmp_path)
        call_command("reconcile", write_docs=True, connections=1)
        assert f"rows, {len(INVARIANTS)} invariants, " in page.read_text()
        assert page.read_text().count("    OK     ") == len(INVARIANTS)

    def test_a_part_is_not_documentation(self):
        with pytest.raises(CommandError, match="all invariants"):
            call_command("reconcile", only=["booked_count"], write_docs=True)

    def test_explain_says_what_it_means_its_statement_and_its_plan(self, db, capsys):
        call_command("reconcile", explain="booked_count")
        told = capsys.readouterr().out
        assert "no more than its capacity" in told
        assert "SELECT s.id, s.booked_count" in told
        assert "actual time" in told


@pytest.mark.django_db
class TestEvents:
    def test_events_about_what_is_there_pass(self):
        member = MemberFactory()
        for subject in (member, SessionFactory()):
            record(Made.HAPPENED, subject, at=member.date_joined)
        assert [result.rows for result in self.asked()] == [[]]

    def test_an_event_about_nothing_is_found(self):
        session = SessionFactory()
        event = record(Made.HAPPENED, session, at=session.starts_at)
        Event.objects.create(
            kind="tested",
            at=event.at,
            subject="classsession",
            subject_id=session.pk + 1,
        )
        Event.objects.create(
            kind="tested", at=event.at, subject="unicorn", subject_id=1
        )
        (result,) = self.asked()
        assert sorted(row[2] for row in result.rows) == ["classsession", "unicorn"]

    def test_an_event_of_somebody_elses_subject_is_found(self):
        mine, other = MemberFactory(), MemberFactory()
        Event.objects.create(
            kind=Made.HAPPENED,
            at=mine.date_joined,
            member=other,
            subject="membership",
            subject_id=mine.memberships.get().pk,
        )
        assert self.asked()[0].count == 1

    def asked(self):
        return check.ask_all(
            [row for row in across.INVARIANTS if row.name == "event_has_its_subject"],
            parallel=1,
        )


@pytest.mark.django_db
class TestTokens:
    def log_in(self, access: str, refresh: str, **values):
        member = MemberFactory()
        now = member.date_joined
        return ApiSession.objects.create(
            user=member,
            access_hash=tokens.digest(access),
            refresh_hash=tokens.digest(refresh),
            access_expires_at=now,
            expires_at=now.replace(year=now.year + 1),
            created_at=now,
            **values,
        )

    def broken(self):
        return [
            result.invariant.name
            for result in check.ask_all(core.INVARIANTS, parallel=1)
            if result.count
        ]

    def test_one_token_in_two_roles_is_found(self):
        self.log_in("a", "b")
        self.log_in("c", "a")
        assert self.broken() == ["token_opens_one_log_in"]

    def test_one_that_is_over_does_not_count(self):
        self.log_in("a", "b")
        self.log_in("c", "a", is_active=False)
        assert self.broken() == []

    def test_an_answer_without_a_body_is_found(self):
        now = MemberFactory().date_joined
        IdempotencyKey.objects.create(
            owner=1,
            key="k",
            fingerprint=tokens.digest("k"),
            created_at=now,
            status=201,
            content_type="",
        )
        assert self.broken() == ["kept_answer_is_whole"]


@pytest.mark.django_db
class TestPage:
    ADDRESS = "/admin/ops/invariants/"

    @pytest.mark.parametrize(
        ("role", "status"), [("owner", 200), ("manager", 200), ("front_desk", 403)]
    )
    def test_managers_and_owners_see_it(self, client, role, status):
        client.force_login(UserFactory(role=role))
        assert client.get(self.ADDRESS).status_code == status
        assert client.post(self.ADDRESS).status_code == status

    def test_members_are_sent_to_the_log_in(self, client):
        client.force_login(MemberFactory())
        assert client.get(self.ADDRESS).status_code == 302

    def test_looking_asks_nothing_of_the_tables(
        self, client, django_assert_max_num_queries
    ):
        client.force_login(UserFactory(role="owner"))
        with django_assert_max_num_queries(6):
            page = client.get(self.ADDRESS).content.decode()
        assert page.count("not asked") == len(INVARIANTS)

    def test_the_button_tells_of_each(self, client, overbooked):
        client.force_login(UserFactory(role="owner"))
        page = client.post(self.ADDRESS).getvalue().decode()
        assert page.count("<td>OK</td>") == len(INVARIANTS) - 1
        assert f"<li>{overbooked.pk}, 20, 20, 0</li>" in page
        assert f"1 of {len(INVARIANTS)} do not hold." in page
        assert page.rstrip().endswith("</html>")

    def test_what_takes_too_long_is_left_to_the_command(self, client, monkeypatch):
        monkeypatch.setattr(page_module, "LONGEST", 0)
        client.force_login(UserFactory(role="owner"))
        page = client.post(self.ADDRESS).getvalue().decode()
        assert f"no time for {len(INVARIANTS)} of them" in page

    def test_a_statement_is_ended_in_time(self):
        slow = Invariant("slow", "Nothing.", (), "SELECT pg_sleep(30)")
        assert "statement timeout" in check.ask(slow, shown=1, longest=0.01).error

    def test_the_start_page_leads_there(self, client):
        client.force_login(UserFactory(role="manager"))
        assert self.ADDRESS in client.get("/admin/").content.decode()
