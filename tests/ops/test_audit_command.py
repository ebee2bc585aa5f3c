"""The audit as a whole: green, --verify-indexes, what a role may see, the command."""

import json
from contextlib import closing
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from gymsite.core.models import AuditSnapshot
from gymsite.ops import audit
from gymsite.ops.audit import (
    CHECKS,
    Finding,
    Level,
    State,
    compare,
    report,
    runner,
    show,
    verify,
)
from gymsite.ops.reporting import documents
from gymsite.ops.reporting.pieces import markdown
from tests.ops.databases import migrated
from tests.ops.planting import BY_NAME, connection_row, look

# one database for all of them, so one process
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("audit")]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


class TestWhole:
    def test_a_clean_database_is_green(self, database):
        """But for what the tests' own server gives up for speed, which is found too."""
        with migrated("clean"):
            whole = audit.run(CHECKS, now=timezone.now())
        assert {
            (finding.subject, finding.says) for finding in whole.reaches(Level.INFO)
        } == self.reckless()
        unseen = {
            result.name for result in whole.results if result.state == State.UNAVAILABLE
        }
        assert unseen == {
            "slow_statements",
            "request_times",
            "request_errors",
            "kept_pages",
        }
        assert all(
            result.says and result.sums
            for result in whole.results
            if result.state == State.OK
        )

    @staticmethod
    def reckless() -> set[tuple[str, str]]:
        findings = look("settings").findings
        assert {finding.subject for finding in findings} <= {
            "fsync",
            "full_page_writes",
        }
        return {(finding.subject, finding.says) for finding in findings}

    def test_it_changes_nothing(self, database):
        with pytest.raises(Exception, match="read-only transaction"):
            runner.read("DELETE FROM core_brand RETURNING 1")

    def test_a_check_that_fails_is_unavailable_and_the_rest_goes_on(self, database):
        broken = audit.Check(
            "broken", "Never.", "SELECT * FROM no_such_table", lambda row: None
        )
        whole = audit.run([broken, BY_NAME["connections"]], now=timezone.now())
        assert [result.state for result in whole.results] == [
            State.UNAVAILABLE,
            State.OK,
        ]
        assert "no_such_table" in whole.results[0].reason

    def test_names_are_unique_and_each_module_has_its_check(self, project):
        modules = {
            path.stem
            for path in (project / "gymsite/ops/audit/checks").glob("[a-z]*.py")
        }
        assert {check.name for check in CHECKS} == modules
        assert len(CHECKS) == len(modules)

    def test_a_job_keeps_one_a_day(self, database):
        kept = audit.snapshots.take(now=timezone.now())
        again = report.from_data(AuditSnapshot.objects.get(pk=kept.pk).report)
        assert (kept.ok, kept.findings) == (
            again.count(State.OK),
            again.count(State.FINDING),
        )
        assert [result.name for result in again.results] == [
            check.name for check in CHECKS
        ]


class TestVerify:
    """--verify-indexes: what models declare against what is there."""

    @staticmethod
    def only() -> Finding:
        (finding,) = verify.result().findings
        return finding

    def test_a_migrated_database_is_what_the_models_say(self, database):
        result = verify.result()
        assert (result.state, result.findings) == (State.OK, ())
        kinds = {row["kind"] for row in result.figures}
        assert kinds == {
            "index",
            "primary key",
            "unique",
            "exclusion",
            "check",
            "foreign key",
        }
        assert len(result.figures) > 400

    def test_it_leaves_nothing_behind(self, database):
        verify.result()
        assert connection_row(
            "SELECT count(*) FROM pg_class WHERE relpersistence = 't'", []
        ) == (0,)

    def test_an_index_that_is_missing(self, plant):
        plant(
            "DROP INDEX core_notification_failed",
            after=self.definition("core_notification_failed"),
        )
        finding = self.only()
        assert (finding.level, finding.subject) == (
            Level.CRITICAL,
            "core_notification: index core_notification_failed",
        )
        assert "the database has none" in finding.says
        assert (
            "CREATE INDEX CONCURRENTLY core_notification_failed ON core_notification"
            in finding.remedy
        )

    def test_an_index_of_the_same_name_and_other_columns(self, plant):
        definition = self.definition("core_notification_failed")
        plant(
            "DROP INDEX core_notification_failed",
            "CREATE INDEX core_notification_failed ON core_notification (id)",
            after=f"DROP INDEX core_notification_failed; {definition}",
        )
        assert (
            "the database has CREATE INDEX core_notification_failed" in self.only().says
        )
        assert self.only().remedy.startswith(
            "DROP INDEX CONCURRENTLY core_notification_failed; then CREATE INDEX"
        )

    def test_a_check_that_says_something_else(self, plant):
        name = "core_apisession_ends_after_start"
        plant(
            f"ALTER TABLE core_apisession DROP CONSTRAINT {name}",
            f"ALTER TABLE core_apisession ADD CONSTRAINT {name} CHECK (expires_at >= "
            "created_at)",
            after=f"ALTER TABLE core_apisession DROP CONSTRAINT {name}; ALTER TABLE "
            f"core_apisession ADD CONSTRAINT {name} CHECK (expires_at > "
            "created_at)",
        )
        assert (
            "expires_at > created_at" in self.only().says
            and "expires_at >= created_at" in self.only().says
        )

    def test_a_foreign_key_that_is_not_validated(self, plant):
        (name, definition) = connection_row(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE "
            "conrelid = 'core_apisession'::regclass AND contype = 'f'",
            [],
        )
        plant(
            f"ALTER TABLE core_apisession DROP CONSTRAINT {name}",
            f"ALTER TABLE core_apisession ADD CONSTRAINT {name} {definition} NOT VALID",
            after=f"ALTER TABLE core_apisession VALIDATE CONSTRAINT {name}",
        )
        assert (
            self.only().remedy
            == f"ALTER TABLE core_apisession VALIDATE CONSTRAINT {name};"
        )

    def test_a_key_by_another_name_is_the_same(self, plant):
        (name,) = connection_row(
            "SELECT conname FROM pg_constraint WHERE conrelid = "
            "'core_apisession'::regclass AND contype = 'f'",
            [],
        )
        rename = "ALTER TABLE core_apisession RENAME CONSTRAINT {} TO {}"
        plant(
            rename.format(name, "planted_key"), after=rename.format("planted_key", name)
        )
        assert verify.result().findings == ()

    def test_an_index_that_no_model_declares(self, plant):
        plant("CREATE INDEX planted ON core_branch (phone)", after="DROP INDEX planted")
        assert (self.only().level, self.only().subject) == (
            Level.INFO,
            "core_branch: index planted",
        )

    def test_a_trigger_that_is_switched_off_or_gone(self, plant):
        (name,) = connection_row(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only%%' "
            "LIMIT 1",
            [],
        )
        (table, definition, comment) = connection_row(
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), "
            "obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgname = %s",
            [name],
        )
        plant(
            f"ALTER TABLE {table} DISABLE TRIGGER {name}",
            after=f"ALTER TABLE {table} ENABLE TRIGGER {name}",
        )
        assert "switched off" in self.only().says
        assert "pgtrigger enable" in self.only().remedy
        plant(
            f"DROP TRIGGER {name} ON {table}",
            after=f"{definition}; COMMENT ON TRIGGER {name} ON {table} IS '{comment}'",
        )
        assert "pgtrigger install" in self.only().remedy

    def test_the_command_adds_it_to_the_report(self, plant):
        assert "declared" not in run("--only", "connections")
        assert "ok          declared" in run(
            "--only", "connections", "--verify-indexes"
        )
        plant(
            "DROP INDEX core_apisession_user_active",
            after=self.definition("core_apisession_user_active"),
        )
        with pytest.raises(CommandError, match="1 findings of level critical"):
            run("--only", "connections", "--verify-indexes", "--fail-on", "critical")

    @staticmethod
    def definition(name: str) -> str:
        return connection_row("SELECT pg_get_indexdef(%s::regclass)", [name])[0]


class TestRoles:
    @pytest.fixture
    def as_nobody(self, plant):
        """A role that owns nothing and may read nothing of others."""
        plant(
            "CREATE ROLE gymsite_nobody LOGIN PASSWORD 'no'",
            after="DROP ROLE gymsite_nobody",
        )
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict |= {"USER": "gymsite_nobody", "PASSWORD": "no"}
        yield
        connection.close()
        connection.settings_dict |= before

    def test_it_says_what_it_could_not_see(self, plant, as_nobody):
        plant(
            "CREATE TABLE planted AS SELECT 1",
            "ANALYZE planted",
            after="DROP TABLE planted",
        )
        with closing(another_of("postgres")) as stranger:
            stranger.execute("SELECT 1")
            whole = audit.run(CHECKS, now=timezone.now())
        reasons = {
            result.name: result.reason for result in whole.results if result.reason
        }
        assert (whole.server.role, whole.server.superuser) == ("gymsite_nobody", False)
        assert "GRANT pg_monitor TO gymsite_nobody;" in reasons["idle_in_transaction"]
        assert "GRANT pg_monitor TO gymsite_nobody;" in reasons["long_statements"]
        assert "pg_read_all_data" in reasons["table_bloat"]
        assert "GRANT SELECT ON ALL SEQUENCES" in reasons["key_space"]
        assert "permission denied" in reasons["request_times"]
        assert verify.result().findings == ()
        assert {finding.subject for finding in whole.reaches(Level.WARNING)} <= {
            "fsync",
            "full_page_writes",
        }

    def test_a_role_that_may_make_no_temporary_table_can_not_verify(
        self, plant, as_nobody
    ):
        (base,) = connection_row("SELECT quote_ident(current_database())", [])
        plant(
            f"REVOKE TEMP ON DATABASE {base} FROM PUBLIC",
            after=f"GRANT TEMP ON DATABASE {base} TO PUBLIC",
        )
        assert verify.result().state == State.UNAVAILABLE
        assert "permission denied" in verify.result().reason

    def test_a_monitor_sees_the_sessions(self, as_nobody, plant):
        plant("GRANT pg_monitor TO gymsite_nobody")
        with closing(another_of("postgres")) as stranger:
            stranger.execute("SELECT 1")
            assert (
                look("idle_in_transaction").state,
                look("long_statements").state,
            ) == (State.OK, State.OK)


class TestCommand:
    def test_text_shows_green_and_unavailable_too(self, database):
        text = run()
        assert (
            "ok          duplicate_indexes  No two indexes of a table are the same."
            in text
        )
        assert "unavailable request_times" in text
        assert f"{len(CHECKS)} checks: " in text

    def test_the_docs_list_every_check(self, database, project, tmp_path, monkeypatch):
        table = markdown([show.checks()])
        assert table in (project / "docs/audit.md").read_text()
        begin, end = documents.marks("audit")
        (tmp_path / "audit.md").write_text(f"{begin}\n{end}\n")
        monkeypatch.setattr(documents, "FOLDER", tmp_path)
        run("--only", "connections", "--write-docs")
        assert table in (tmp_path / "audit.md").read_text()
        assert "    ok          connections" in (tmp_path / "audit.md").read_text()

    def test_figures(self, database):
        assert "max_connections" not in run("--only", "connections", "--figures")
        assert "allowed" in run("--only", "connections", "--figures")

    def test_json_is_read_again(self, database, tmp_path):
        path = tmp_path / "audit.json"
        assert run("--json", "--output", str(path)) == path.read_text()
        again = report.from_json(path.read_text())
        assert again.as_data() == json.loads(path.read_text())

    def test_into_a_folder_it_goes_by_the_day(self, database, tmp_path):
        run("--only", "connections", "--output", str(tmp_path))
        (file,) = tmp_path.iterdir()
        assert file.name == f"audit-{timezone.now():%Y-%m-%d}.json"
        assert report.from_json(file.read_text()).results[0].name == "connections"

    def test_answers_by_hour(self, plant):
        assert "No request was sampled" in run("--only", "cache_hits", "--hours", "24")
        plant(
            "INSERT INTO core_requestsample (at, endpoint, status, milliseconds, "
            "database_milliseconds, queries, hits, misses) SELECT now(), "
            "'GET /api/v1/timetable', 200, 60, 1, 1, 1, 0 "
            "FROM generate_series(1, 30)",
            after="TRUNCATE core_requestsample",
        )
        text = run("--only", "request_times", "--hours", "24")
        assert "The timetable API by hour (UTC)" in text
        assert "60.0 (over 50 ms)" in text and "100.0%" in text
        data = json.loads(run("--only", "request_times", "--json"))
        assert {
            (row["subject"], row["p95"], row["kept_share"], row["failed_share"])
            for row in data["checks"][0]["figures"]
        } == {("GET /api/v1/timetable", 60, 1, 0), ("all endpoints", 60, 1, 0)}

    @pytest.mark.parametrize("hours", ["0", "169", "x", "-1"])
    def test_no_further_back_than_a_week(self, hours):
        with pytest.raises(CommandError, match="--hours"):
            run("--hours", hours)

    def test_fail_on(self, plant):
        assert run("--only", "duplicate_indexes", "--fail-on", "info")
        plant(
            "CREATE INDEX planted_twin ON core_branch (id)",
            after="DROP INDEX planted_twin",
        )
        assert run("--only", "duplicate_indexes", "--fail-on", "critical")
        with pytest.raises(CommandError, match="1 findings of level warning"):
            run("--only", "duplicate_indexes", "--fail-on", "warning")

    def test_compare(self, plant, tmp_path):
        old = tmp_path / "old.json"
        run("--only", "duplicate_indexes", "--json", "--output", str(old))
        plant(
            "CREATE INDEX planted_twin ON core_branch (id)",
            after="DROP INDEX planted_twin",
        )
        text = run("--only", "duplicate_indexes", "--compare", str(old))
        assert "1 worse, 0 better" in text
        assert "planted_twin: warning (was not there)" in text
        data = json.loads(
            run("--only", "duplicate_indexes", "--compare", str(old), "--json")
        )
        assert [change["worse"] for change in data["changes"]] == [True]

    def test_compare_with_what_is_no_audit(self, tmp_path):
        (tmp_path / "old.json").write_text("[]")
        with pytest.raises(CommandError, match="no audit"):
            run("--compare", str(tmp_path / "old.json"))

    def test_figures_that_moved(self):
        check = audit.Check(
            "c", "", "", lambda row: None, tracks={"bytes": 1, "ratio": -1}
        )
        before = self.report_of({"subject": "t", "bytes": 10, "ratio": 1.0})
        after = self.report_of({"subject": "t", "bytes": 20, "ratio": 0.5})
        assert [change.worse for change in compare.changes(before, after, [check])] == [
            True,
            True,
        ]
        assert [change.worse for change in compare.changes(after, before, [check])] == [
            False,
            False,
        ]
        assert compare.changes(before, before, [check]) == []

    @staticmethod
    def report_of(row: dict) -> report.Report:
        server = report.Server("d", "18", "r", False, False, 1.0)
        return report.Report(
            timezone.now(), server, (audit.Result("c", "", State.OK, figures=(row,)),)
        )


def another_of(user: str) -> psycopg.Connection:
    """A connection to the present database as somebody else."""
    place = {"host": "HOST", "port": "PORT", "dbname": "NAME"}
    known = {
        key: connection.settings_dict[name]
        for key, name in place.items()
        if connection.settings_dict[name]
    }
    return psycopg.connect(**known, user=user, autocommit=True)
