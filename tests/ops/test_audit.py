"""The audit: faults are planted for real and must be found with the right remedy; a clean database is green."""

import json
from contextlib import ExitStack, closing
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from gymsite.core.models import AuditSnapshot
from gymsite.ops import audit
from gymsite.ops.audit import CHECKS, Finding, Level, State, compare, report, runner, verify
from gymsite.ops.audit.checks import (
    blocked_statements,
    idle_in_transaction,
    kept_pages,
    long_statements,
    replication,
    request_errors,
    request_times,
    settings,
    slow_statements,
    unused_indexes,
    wraparound,
)
from tests.ops.databases import another, migrated

# one database for all of them, so one process
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("audit")]
BY_NAME = {check.name: check for check in CHECKS}


@pytest.fixture(scope="module")
def place(django_db_setup, django_db_blocker):
    """A migrated database of the module's own, so that what other tests did to theirs is not found in it."""
    with django_db_blocker.unblock():
        before = connection.settings_dict["NAME"]
        with migrated("audit"):
            place = dict(connection.settings_dict)
            connections.close_all()
            connection.settings_dict["NAME"] = before
            yield place


@pytest.fixture
def database(db, place):
    """Django's connection is to that database and commits; the test's own, in its transaction, waits meanwhile."""
    waiting, connections["default"] = connections["default"], connections.create_connection("default")
    connection.settings_dict = place.copy()
    yield
    connection.close()
    connections["default"] = waiting


@pytest.fixture
def plant(database):
    """Runs statements outside of any transaction, and takes back what ``after`` undoes when the test is over."""
    with another() as live, ExitStack() as undo:

        def run(*statements: str, after: str = "") -> None:
            if after:
                undo.callback(live.execute, after)
            for statement in statements:
                live.execute(statement)
            live.execute("SELECT pg_stat_force_next_flush()")
            live.execute("SELECT 1")

        yield run


def look(name: str) -> audit.Result:
    return runner.result_of(BY_NAME[name])


def found(name: str, subject: str) -> Finding:
    """The one finding of a check about ``subject``."""
    (finding,) = [finding for finding in look(name).findings if finding.subject == subject and finding.level]
    return finding


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


class TestIndexes:
    def test_a_duplicate_of_the_primary_key(self, plant):
        plant("CREATE INDEX planted_twin ON core_branch (id)", after="DROP INDEX planted_twin")
        finding = found("duplicate_indexes", "planted_twin")
        assert finding.level == Level.WARNING
        assert "core_branch_pkey" in finding.says
        assert finding.remedy == "DROP INDEX CONCURRENTLY planted_twin;"

    def test_a_duplicate_constraint_is_dropped_as_one(self, plant):
        plant(
            "ALTER TABLE core_branch ADD CONSTRAINT planted_key UNIQUE (id)",
            after="ALTER TABLE core_branch DROP CONSTRAINT planted_key",
        )
        assert (
            found("duplicate_indexes", "planted_key").remedy == "ALTER TABLE core_branch DROP CONSTRAINT planted_key;"
        )

    def test_an_index_that_is_the_beginning_of_another(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT n AS a, n AS b FROM generate_series(1, 60000) n",
            "CREATE INDEX planted_short ON planted (a)",
            "CREATE INDEX planted_long ON planted (a, b)",
            "CREATE INDEX planted_other ON planted (a DESC, b)",
            after="DROP TABLE planted",
        )
        finding = found("overlapping_indexes", "planted_short")
        assert "planted_long of planted" in finding.says
        assert "DROP INDEX CONCURRENTLY planted_short;" in finding.remedy
        assert {finding.subject for finding in look("overlapping_indexes").findings} == {"planted_short"}

    def test_an_index_that_a_busy_table_never_uses(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT n AS id, -n AS other FROM generate_series(1, 60000) n",
            "ALTER TABLE planted ADD PRIMARY KEY (id)",
            "CREATE INDEX planted_unused ON planted (other)",
            "ANALYZE planted",
            after="DROP TABLE planted",
        )
        assert look("unused_indexes").findings == ()  # nobody has asked the table anything yet
        plant("SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET enable_seqscan = off")
        plant("SELECT count(p) FROM generate_series(1, 1200) n JOIN planted p ON p.id = n", after="RESET ALL")
        finding = found("unused_indexes", "planted_unused")
        assert "never read" in finding.says
        assert "DROP INDEX CONCURRENTLY planted_unused;" in finding.remedy

    @pytest.mark.parametrize(("seconds", "level"), [(3_600, Level.INFO), (8 * 86_400, Level.WARNING)])
    def test_a_week_of_statistics_makes_an_unused_index_a_warning(self, seconds, level):
        row = {"subject": "i", "table": "t", "reads": 0, "keeps_a_promise": False, "bytes": 2**21, "table_reads": 5_000}
        assert unused_indexes.judge(row | {"counted_for": seconds}).level == level
        assert unused_indexes.judge(row | {"counted_for": seconds, "keeps_a_promise": True}) is None

    def test_an_index_that_failed_to_build(self, plant):
        plant("CREATE TABLE planted AS SELECT 1 AS n FROM generate_series(1, 2)", after="DROP TABLE planted")
        with pytest.raises(psycopg.errors.UniqueViolation):
            plant("CREATE UNIQUE INDEX CONCURRENTLY planted_broken ON planted (n)")
        finding = found("invalid_indexes", "planted_broken")
        assert finding.level == Level.CRITICAL
        assert "REINDEX INDEX CONCURRENTLY planted_broken;" in finding.remedy
        assert "DROP INDEX CONCURRENTLY planted_broken;" in finding.remedy

    def test_a_foreign_key_without_an_index(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT NULL::bigint AS branch_id FROM generate_series(1, 2000)",
            "ALTER TABLE planted ADD FOREIGN KEY (branch_id) REFERENCES core_branch (id)",
            "ANALYZE planted",
            after="DROP TABLE planted",
        )
        finding = found("foreign_keys", "planted.branch_id")
        assert finding.level == Level.WARNING
        assert finding.remedy.startswith("CREATE INDEX CONCURRENTLY planted_branch_id ON planted (branch_id);")
        plant("CREATE INDEX ON planted (branch_id) WHERE branch_id IS NOT NULL")
        assert not [finding for finding in look("foreign_keys").findings if finding.subject == "planted.branch_id"]

    def test_a_foreign_key_that_is_meant_to_have_none_is_accepted_with_its_reason(self, database):
        accepted = {finding.subject: finding for finding in look("foreign_keys").findings}
        assert accepted["bookings_booking.policy_id"].level == Level.ACCEPTED
        assert "PROTECT" in accepted["bookings_booking.policy_id"].remedy
        assert "PROTECT" in run("--only", "foreign_keys")


class TestTables:
    def test_a_big_table_read_whole_again_and_again(self, plant):
        plant("CREATE TABLE planted AS SELECT n FROM generate_series(1, 12000) n", after="DROP TABLE planted")
        plant(*["SELECT count(*) FROM planted WHERE n = 1"] * 60)
        finding = found("sequential_scans", "planted")
        assert "60 times" in finding.says
        assert "CREATE INDEX CONCURRENTLY" in finding.remedy

    def test_a_table_seldom_read_by_an_index(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT n FROM generate_series(1, 12000) n",
            "CREATE INDEX ON planted (n)",
            after="DROP TABLE planted",
        )
        plant("DO $$ BEGIN FOR i IN 1..1000 LOOP PERFORM 1 FROM planted LIMIT 1; END LOOP; END $$")
        assert found("index_use", "planted").says.startswith("0.0% of 1,001 reads of its 12,000 rows")

    def test_dead_rows(self, plant):
        plant(
            "CREATE TABLE planted (n int) WITH (autovacuum_enabled = off)",
            "INSERT INTO planted SELECT generate_series(1, 12000)",
            "DELETE FROM planted WHERE n <= 8000",
            after="DROP TABLE planted",
        )
        finding = found("dead_rows", "planted")
        assert finding.says.startswith(
            "8,000 dead rows, 66.7% of the table; last vacuum never, autovacuum is switched off"
        )
        assert "VACUUM (ANALYZE) planted; ALTER TABLE planted RESET (autovacuum_enabled);" in finding.remedy
        plant("VACUUM planted")
        assert look("dead_rows").state == State.OK

    def test_a_bloated_table_and_its_index(self, plant):
        plant(
            "CREATE TABLE planted (n int, filler text) WITH (autovacuum_enabled = off)",
            # 224 letters that do not compress
            "INSERT INTO planted SELECT n, (SELECT string_agg(md5((7 * n + m)::text), '') FROM generate_series(1, 7) m)"
            " FROM generate_series(1, 90000) n",
            "CREATE INDEX planted_filler ON planted (filler)",
            "DELETE FROM planted WHERE n % 10 <> 0",
            "VACUUM (ANALYZE, INDEX_CLEANUP ON) planted",
            after="DROP TABLE planted",
        )
        table, index = found("table_bloat", "planted"), found("index_bloat", "planted_filler")
        assert "VACUUM FULL planted;" in table.remedy
        assert index.remedy == "REINDEX INDEX CONCURRENTLY planted_filler;"
        plant("VACUUM FULL planted")
        assert (look("table_bloat").findings, look("index_bloat").findings) == ((), ())

    def test_statistics_of_a_table_that_has_changed(self, plant):
        plant(
            "CREATE TABLE planted (n int) WITH (autovacuum_enabled = off)",
            "INSERT INTO planted SELECT generate_series(1, 6000)",
            after="DROP TABLE planted",
        )
        assert found("planner_statistics", "planted").remedy == "ANALYZE planted;"
        plant("ANALYZE planted")
        assert look("planner_statistics").state == State.OK

    def test_indexes_that_outweigh_their_table(self):
        row = {"subject": "t", "table_bytes": 2**25, "index_bytes": 2**27}
        assert "4.0 times" in BY_NAME["sizes"].judge(row).says
        assert BY_NAME["sizes"].judge(row | {"table_bytes": 2**27}) is None

    def test_blocks_that_are_not_in_memory(self):
        row = {"subject": "indexes", "hits": 900_000, "misses": 100_000, "miss_share": 0.1}
        assert "90.0% of the blocks" in BY_NAME["cache_hits"].judge(row).says
        assert BY_NAME["cache_hits"].judge(row | {"miss_share": 0.001}) is None
        assert BY_NAME["cache_hits"].judge(row | {"hits": 9_000, "misses": 1_000}) is None


class TestSessions:
    def test_a_blocked_statement_names_its_blocker(self, plant, monkeypatch):
        monkeypatch.setattr(blocked_statements, "LONG", 0)
        with closing(another()) as holder, closing(another()) as waiter, ExitStack() as stack:
            holder.execute("BEGIN")
            holder.execute("LOCK TABLE core_brand")
            stack.callback(holder.rollback)
            waiter.pgconn.send_query(b"DELETE FROM core_brand")
            self.wait_for(waiter.info.backend_pid)
            finding = found("blocked_statements", str(waiter.info.backend_pid))
            assert "on core_brand: DELETE FROM core_brand" in finding.says
            assert f"blocked by {holder.info.backend_pid} " in finding.says
            assert "LOCK TABLE core_brand" in finding.says
            assert f"pg_terminate_backend({holder.info.backend_pid})" in finding.remedy

    @staticmethod
    def wait_for(pid: int) -> None:
        """Until the server itself says that the process waits for a lock."""
        with another() as live:
            while not live.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", [pid]).fetchone():
                pass

    def test_a_transaction_that_does_nothing(self, plant, monkeypatch):
        monkeypatch.setattr(idle_in_transaction, "LONG", 0)
        with closing(another()) as idler:
            idler.execute("BEGIN")
            idler.execute("SELECT 'forgotten'")
            finding = found("idle_in_transaction", str(idler.info.backend_pid))
            assert "SELECT 'forgotten'" in finding.says
            assert f"pg_terminate_backend({idler.info.backend_pid})" in finding.remedy
            assert "idle_in_transaction_session_timeout" in finding.remedy

    def test_a_statement_that_runs_for_long(self, plant, monkeypatch):
        monkeypatch.setattr(long_statements, "LONG", 0)
        with closing(another()) as runner_:
            runner_.pgconn.send_query(b"SELECT pg_sleep(600)")
            pid = str(runner_.info.backend_pid)
            finding = found("long_statements", pid)
            assert "SELECT pg_sleep(600)" in finding.says
            assert f"pg_cancel_backend({pid})" in finding.remedy
            plant(f"SELECT pg_terminate_backend({pid})")

    def test_short_waits_are_no_finding(self, plant):
        with closing(another()) as idler:
            idler.execute("BEGIN")
            idler.execute("SELECT 1")
            assert look("idle_in_transaction").state == State.OK

    @pytest.mark.parametrize(("used", "level"), [(60, None), (85, Level.WARNING), (97, Level.CRITICAL)])
    def test_connections_that_run_out(self, used, level):
        finding = BY_NAME["connections"].judge({"subject": "server", "used": used, "allowed": 100, "here": 3})
        assert (finding and finding.level) == level

    def test_the_connections_are_counted(self, database):
        (row,) = look("connections").figures
        assert 0 < row["here"] <= row["used"] <= row["allowed"]


class TestLimits:
    def test_a_sequence_near_its_end(self, plant):
        plant(
            "CREATE TABLE planted (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)",
            "SELECT setval('planted_id_seq', 2000000000)",
            after="DROP TABLE planted",
        )
        finding = found("key_space", "public.planted_id_seq")
        assert finding.level == Level.CRITICAL
        assert "93.1%" in finding.says and "planted.id (integer)" in finding.says
        assert "TYPE bigint" in finding.remedy

    def test_a_bigint_sequence_of_an_integer_column(self, plant):
        plant(
            "CREATE TABLE planted (id int)",
            "CREATE SEQUENCE planted_seq OWNED BY planted.id",
            "SELECT setval('planted_seq', 1200000000)",
            after="DROP TABLE planted",
        )
        assert found("key_space", "public.planted_seq").level == Level.WARNING

    def test_old_rows(self, database, monkeypatch):
        monkeypatch.setattr(wraparound, "NEAR", 0)
        assert any("VACUUM (FREEZE, VERBOSE)" in finding.remedy for finding in look("wraparound").findings)

    @pytest.mark.parametrize("months_ahead", [0, 1])
    def test_a_partition_that_is_not_made_ahead(self, plant, months_ahead):
        with another() as live:
            month = f"date_trunc('month', now(), 'UTC') + interval '{months_ahead} month'"
            (name,) = live.execute(
                f"SELECT 'core_requestsample_' || to_char(({month}) AT TIME ZONE 'UTC', 'YYYY_MM')"
            ).fetchone()
        (bounds,) = connection_row("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", [name])
        plant(f"DROP TABLE {name}")
        finding = found("partitions", f"core_requestsample {name[-7:].replace('_', '-')}")
        assert finding.level == (Level.WARNING if months_ahead else Level.CRITICAL)
        assert finding.remedy.startswith(f"CREATE TABLE {name} PARTITION OF core_requestsample FOR VALUES FROM (")
        plant(finding.remedy.partition(";")[0])
        assert look("partitions").state == State.OK
        assert connection_row("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", [name]) == (
            bounds,
        )

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("random_page_cost", "4", "4 (from"),
            ("work_mem", "'1MB'", "1,024 kB (from"),
            ("enable_seqscan", "off", "off"),
        ],
    )
    def test_a_setting_that_hurts(self, plant, name, value, said):
        with another() as live:
            (base,) = live.execute("SELECT quote_ident(current_database())").fetchone()
        plant(f"ALTER DATABASE {base} SET {name} = {value}", after=f"ALTER DATABASE {base} RESET {name}")
        connection.close()  # a new session gets it
        try:
            finding = found("settings", name)
        finally:
            connection.close()
        assert said in finding.says and "database" in finding.says
        assert finding.remedy.startswith(f"ALTER DATABASE {base} SET {name} = ")

    @pytest.mark.parametrize("name", ["fsync", "full_page_writes", "autovacuum", "track_counts", "synchronous_commit"])
    def test_safety_that_is_switched_off(self, name):
        row = {"subject": name, "setting": "off", "unit": None, "source": "file", "database_bytes": 1, "database": "d"}
        assert f"SET {name} = on;" in settings.judge(row).remedy
        assert settings.judge(row | {"setting": "on"}) is None

    def test_the_defaults_of_a_server_nobody_has_set_up(self):
        row = {"source": "default", "database_bytes": 2**30, "database": "d"}
        defaults = [("shared_buffers", "16384", "8kB"), ("jit", "on (available)", None), ("work_mem", "4096", "kB")]
        for name, value, unit in defaults:
            assert settings.judge(row | {"subject": name, "setting": value, "unit": unit}).level == Level.WARNING
        small = row | {"subject": "shared_buffers", "setting": "16384", "unit": "8kB", "database_bytes": 2**26}
        assert settings.judge(small) is None

    def test_a_slot_that_nobody_reads(self, plant):
        """Where the server keeps enough for one; else the same row by hand."""
        row = {"subject": "slot planted", "state": "inactive", "seconds": 0, "bytes": 4096}
        assert "pg_drop_replication_slot('planted')" in replication.judge(row).remedy
        late = {"subject": "standby s", "state": "streaming", "seconds": 400.0, "bytes": 9}
        assert replication.judge(late).level == Level.CRITICAL
        assert replication.judge(late | {"seconds": 1.0}) is None
        plant(
            "SELECT pg_create_physical_replication_slot('gymsite_planted', true)",
            after="SELECT pg_drop_replication_slot('gymsite_planted')",
        )
        assert "pg_drop_replication_slot('gymsite_planted')" in found("replication", "slot gymsite_planted").remedy


def connection_row(sql: str, params: list) -> tuple:
    with another() as live:
        return live.execute(sql, params).fetchone()


class TestStatements:
    def test_where_the_extension_is_missing_it_says_how_to_make_it(self, database):
        result = look("slow_statements")
        assert result.state == State.UNAVAILABLE
        assert "CREATE EXTENSION pg_stat_statements;" in result.reason

    def test_a_slow_statement(self, plant, monkeypatch):
        monkeypatch.setattr(slow_statements, "FEWEST", 2)
        plant("CREATE EXTENSION pg_stat_statements", after="DROP EXTENSION pg_stat_statements")
        plant(*["SELECT pg_sleep(0.06) AS planted"] * 2)
        (finding,) = [finding for finding in look("slow_statements").findings if "planted" in finding.says]
        assert "EXPLAIN" in finding.remedy
        assert look("slow_statements").reason == ""


class TestRequests:
    @pytest.fixture
    def sampled(self, plant):
        def samples(count: int, milliseconds: float, *, status: int = 200, hits: int = 0, misses: int = 0) -> None:
            plant(
                "INSERT INTO core_requestsample (at, endpoint, status, milliseconds, database_milliseconds, queries,"
                f" hits, misses) SELECT now(), 'GET /', {status}, {milliseconds}, 1, 3, {hits}, {misses}"
                f" FROM generate_series(1, {count})"
            )

        yield samples
        plant("TRUNCATE core_requestsample")

    @pytest.mark.parametrize("name", ["request_times", "request_errors", "kept_pages"])
    def test_without_samples_it_says_how_to_get_them(self, database, name):
        result = look(name)
        assert (result.state, result.findings) == (State.UNAVAILABLE, ())
        assert "GYMSITE_REQUEST_SAMPLE" in result.reason

    def test_an_endpoint_that_is_slow(self, sampled):
        sampled(94, 10)
        sampled(6, 300)
        assert "p95 300 ms (200)" in found("request_times", "GET /").says
        assert "p50" not in found("request_times", "GET /").says

    def test_fast_ones_are_green_with_their_percentiles(self, sampled):
        sampled(200, 10)
        result = look("request_times")
        assert result.state == State.OK
        (row,) = result.figures
        assert (row["p50"], row["p95"], row["p99"], row["requests"]) == (10, 10, 10, 200)

    def test_few_samples_mean_nothing(self):
        row = {"subject": "GET /", "hour": "h", "requests": 5, "p50": 900, "p95": 900, "p99": 900, "worst": True}
        assert request_times.judge(row | {"queries": 1, "database_share": 1}) is None

    def test_errors(self, sampled):
        sampled(100, 1)
        assert look("request_errors").state == State.OK
        sampled(2, 1, status=500)
        assert "2 of 102" in found("request_errors", "all endpoints").says
        assert request_errors.judge({"subject": "", "requests": 99, "errors": 50, "share": 0.5, "mostly": ""}) is None

    def test_pages_that_are_seldom_kept(self, sampled):
        sampled(10, 1, hits=40, misses=60)
        assert "40.0% of 1,000 parts" in found("kept_pages", "GET /").says
        assert kept_pages.judge({"subject": "", "hits": 70, "misses": 30, "miss_share": 0.3}) is None


class TestWhole:
    def test_a_clean_database_is_green(self, database):
        """But for what the tests' own server gives up for speed, which is found too."""
        with migrated("clean"):
            whole = audit.run(CHECKS, now=timezone.now())
        assert {(finding.subject, finding.says) for finding in whole.reaches(Level.INFO)} == self.reckless()
        unseen = {result.name for result in whole.results if result.state == State.UNAVAILABLE}
        assert unseen == {"slow_statements", "request_times", "request_errors", "kept_pages"}
        assert all(result.says and result.sums for result in whole.results if result.state == State.OK)

    @staticmethod
    def reckless() -> set[tuple[str, str]]:
        findings = look("settings").findings
        assert {finding.subject for finding in findings} <= {"fsync", "full_page_writes"}
        return {(finding.subject, finding.says) for finding in findings}

    def test_it_changes_nothing(self, database):
        with pytest.raises(Exception, match="read-only transaction"):
            runner.read("DELETE FROM core_brand RETURNING 1")

    def test_a_check_that_fails_is_unavailable_and_the_rest_goes_on(self, database):
        broken = audit.Check("broken", "Never.", "SELECT * FROM no_such_table", lambda row: None)
        whole = audit.run([broken, BY_NAME["connections"]], now=timezone.now())
        assert [result.state for result in whole.results] == [State.UNAVAILABLE, State.OK]
        assert "no_such_table" in whole.results[0].reason

    def test_names_are_unique_and_each_module_has_its_check(self, project):
        modules = {path.stem for path in (project / "gymsite/ops/audit/checks").glob("[a-z]*.py")}
        assert {check.name for check in CHECKS} == modules
        assert len(CHECKS) == len(modules)

    def test_a_job_keeps_one_a_day(self, database):
        kept = audit.snapshots.take(now=timezone.now())
        again = report.from_data(AuditSnapshot.objects.get(pk=kept.pk).report)
        assert (kept.ok, kept.findings) == (again.count(State.OK), again.count(State.FINDING))
        assert [result.name for result in again.results] == [check.name for check in CHECKS]


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
        assert kinds == {"index", "primary key", "unique", "exclusion", "check", "foreign key"}
        assert len(result.figures) > 400

    def test_it_leaves_nothing_behind(self, database):
        verify.result()
        assert connection_row("SELECT count(*) FROM pg_class WHERE relpersistence = 't'", []) == (0,)

    def test_an_index_that_is_missing(self, plant):
        plant("DROP INDEX core_notification_failed", after=self.definition("core_notification_failed"))
        finding = self.only()
        assert (finding.level, finding.subject) == (
            Level.CRITICAL,
            "core_notification: index core_notification_failed",
        )
        assert "the database has none" in finding.says
        assert "CREATE INDEX CONCURRENTLY core_notification_failed ON core_notification" in finding.remedy

    def test_an_index_of_the_same_name_and_other_columns(self, plant):
        definition = self.definition("core_notification_failed")
        plant(
            "DROP INDEX core_notification_failed",
            "CREATE INDEX core_notification_failed ON core_notification (id)",
            after=f"DROP INDEX core_notification_failed; {definition}",
        )
        assert "the database has CREATE INDEX core_notification_failed" in self.only().says
        assert self.only().remedy.startswith("DROP INDEX CONCURRENTLY core_notification_failed; then CREATE INDEX")

    def test_a_check_that_says_something_else(self, plant):
        name = "core_apisession_ends_after_start"
        plant(
            f"ALTER TABLE core_apisession DROP CONSTRAINT {name}",
            f"ALTER TABLE core_apisession ADD CONSTRAINT {name} CHECK (expires_at >= created_at)",
            after=f"ALTER TABLE core_apisession DROP CONSTRAINT {name};"
            f" ALTER TABLE core_apisession ADD CONSTRAINT {name} CHECK (expires_at > created_at)",
        )
        assert "expires_at > created_at" in self.only().says and "expires_at >= created_at" in self.only().says

    def test_a_foreign_key_that_is_not_validated(self, plant):
        (name, definition) = connection_row(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'core_apisession'::regclass AND contype = 'f'",
            [],
        )
        plant(
            f"ALTER TABLE core_apisession DROP CONSTRAINT {name}",
            f"ALTER TABLE core_apisession ADD CONSTRAINT {name} {definition} NOT VALID",
            after=f"ALTER TABLE core_apisession VALIDATE CONSTRAINT {name}",
        )
        assert self.only().remedy == f"ALTER TABLE core_apisession VALIDATE CONSTRAINT {name};"

    def test_a_key_by_another_name_is_the_same(self, plant):
        (name,) = connection_row(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'core_apisession'::regclass AND contype = 'f'", []
        )
        rename = "ALTER TABLE core_apisession RENAME CONSTRAINT {} TO {}"
        plant(rename.format(name, "planted_key"), after=rename.format("planted_key", name))
        assert verify.result().findings == ()

    def test_an_index_that_no_model_declares(self, plant):
        plant("CREATE INDEX planted ON core_branch (phone)", after="DROP INDEX planted")
        assert (self.only().level, self.only().subject) == (Level.INFO, "core_branch: index planted")

    def test_a_trigger_that_is_switched_off_or_gone(self, plant):
        (name,) = connection_row(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only%%' LIMIT 1", []
        )
        (table, definition, comment) = connection_row(
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger')"
            " FROM pg_trigger WHERE tgname = %s",
            [name],
        )
        plant(f"ALTER TABLE {table} DISABLE TRIGGER {name}", after=f"ALTER TABLE {table} ENABLE TRIGGER {name}")
        assert "switched off" in self.only().says
        assert "pgtrigger enable" in self.only().remedy
        plant(
            f"DROP TRIGGER {name} ON {table}",
            after=f"{definition}; COMMENT ON TRIGGER {name} ON {table} IS '{comment}'",
        )
        assert "pgtrigger install" in self.only().remedy

    def test_the_command_adds_it_to_the_report(self, plant):
        assert "declared" not in run("--only", "connections")
        assert "ok          declared" in run("--only", "connections", "--verify-indexes")
        plant("DROP INDEX core_apisession_replaced", after=self.definition("core_apisession_replaced"))
        with pytest.raises(CommandError, match="1 findings of level critical"):
            run("--only", "connections", "--verify-indexes", "--fail-on", "critical")

    @staticmethod
    def definition(name: str) -> str:
        return connection_row("SELECT pg_get_indexdef(%s::regclass)", [name])[0]


class TestRoles:
    @pytest.fixture
    def as_nobody(self, plant):
        """A role that owns nothing and may read nothing of others."""
        plant("CREATE ROLE gymsite_nobody LOGIN PASSWORD 'no'", after="DROP ROLE gymsite_nobody")
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict |= {"USER": "gymsite_nobody", "PASSWORD": "no"}
        yield
        connection.close()
        connection.settings_dict |= before

    def test_it_says_what_it_could_not_see(self, plant, as_nobody):
        plant("CREATE TABLE planted AS SELECT 1", "ANALYZE planted", after="DROP TABLE planted")
        with closing(another_of("postgres")) as stranger:
            stranger.execute("SELECT 1")
            whole = audit.run(CHECKS, now=timezone.now())
        reasons = {result.name: result.reason for result in whole.results if result.reason}
        assert (whole.server.role, whole.server.superuser) == ("gymsite_nobody", False)
        assert "GRANT pg_monitor TO gymsite_nobody;" in reasons["idle_in_transaction"]
        assert "GRANT pg_monitor TO gymsite_nobody;" in reasons["long_statements"]
        assert "pg_read_all_data" in reasons["table_bloat"]
        assert "GRANT SELECT ON ALL SEQUENCES" in reasons["key_space"]
        assert "permission denied" in reasons["request_times"]
        assert verify.result().findings == ()
        assert {finding.subject for finding in whole.reaches(Level.WARNING)} <= {"fsync", "full_page_writes"}

    def test_a_role_that_may_make_no_temporary_table_can_not_verify(self, plant, as_nobody):
        (base,) = connection_row("SELECT quote_ident(current_database())", [])
        plant(f"REVOKE TEMP ON DATABASE {base} FROM PUBLIC", after=f"GRANT TEMP ON DATABASE {base} TO PUBLIC")
        assert verify.result().state == State.UNAVAILABLE
        assert "permission denied" in verify.result().reason

    def test_a_monitor_sees_the_sessions(self, as_nobody, plant):
        plant("GRANT pg_monitor TO gymsite_nobody")
        with closing(another_of("postgres")) as stranger:
            stranger.execute("SELECT 1")
            assert (look("idle_in_transaction").state, look("long_statements").state) == (State.OK, State.OK)


class TestCommand:
    def test_text_shows_green_and_unavailable_too(self, database):
        text = run()
        assert "ok          duplicate_indexes  No two indexes of a table are the same." in text
        assert "unavailable request_times" in text
        assert f"{len(CHECKS)} checks: " in text

    def test_figures(self, database):
        assert "max_connections" not in run("--only", "connections", "--figures")
        assert "allowed" in run("--only", "connections", "--figures")

    def test_json_is_read_again(self, database, tmp_path):
        path = tmp_path / "audit.json"
        assert run("--json", "--output", str(path)) == ""
        again = report.from_json(path.read_text())
        assert again.as_json() == path.read_text()

    def test_fail_on(self, plant):
        assert run("--only", "duplicate_indexes", "--fail-on", "info")
        plant("CREATE INDEX planted_twin ON core_branch (id)", after="DROP INDEX planted_twin")
        assert run("--only", "duplicate_indexes", "--fail-on", "critical")
        with pytest.raises(CommandError, match="1 findings of level warning"):
            run("--only", "duplicate_indexes", "--fail-on", "warning")

    def test_compare(self, plant, tmp_path):
        old = tmp_path / "old.json"
        run("--only", "duplicate_indexes", "--json", "--output", str(old))
        plant("CREATE INDEX planted_twin ON core_branch (id)", after="DROP INDEX planted_twin")
        text = run("--only", "duplicate_indexes", "--compare", str(old))
        assert "1 worse, 0 better" in text
        assert "planted_twin: warning (was not there)" in text
        data = json.loads(run("--only", "duplicate_indexes", "--compare", str(old), "--json"))
        assert [change["worse"] for change in data["changes"]] == [True]

    def test_compare_with_what_is_no_audit(self, tmp_path):
        (tmp_path / "old.json").write_text("[]")
        with pytest.raises(CommandError, match="no audit"):
            run("--compare", str(tmp_path / "old.json"))

    def test_figures_that_moved(self):
        check = audit.Check("c", "", "", lambda row: None, tracks={"bytes": 1, "ratio": -1})
        before = self.report_of({"subject": "t", "bytes": 10, "ratio": 1.0})
        after = self.report_of({"subject": "t", "bytes": 20, "ratio": 0.5})
        assert [change.worse for change in compare.changes(before, after, [check])] == [True, True]
        assert [change.worse for change in compare.changes(after, before, [check])] == [False, False]
        assert compare.changes(before, before, [check]) == []

    @staticmethod
    def report_of(row: dict) -> report.Report:
        server = report.Server("d", "18", "r", False, False, 1.0)
        return report.Report(timezone.now(), server, (audit.Result("c", "", State.OK, figures=(row,)),))


def another_of(user: str) -> psycopg.Connection:
    """A connection to the present database as somebody else."""
    place = {"host": "HOST", "port": "PORT", "dbname": "NAME"}
    known = {key: connection.settings_dict[name] for key, name in place.items() if connection.settings_dict[name]}
    return psycopg.connect(**known, user=user, autocommit=True)
