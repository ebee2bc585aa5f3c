"""The audit: faults are planted for real and must be found with the right remedy."""

import zoneinfo
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from gymsite.ops.audit import Level, State, runner
from gymsite.ops.audit import hours as hours_module
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
from tests.ops.databases import another
from tests.ops.planting import BY_NAME, connection_row, found, look

# one database for all of them, so one process
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("audit")]


@contextmanager
def zone_data(folder, name, rules):
    """Python finds the rules of another zone under ``name``, as if of another age."""
    if rules:
        source = next(
            path / rules
            for path in map(Path, zoneinfo.TZPATH)
            if (path / rules).exists()
        )
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(source.read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(folder), *before])
    zoneinfo.ZoneInfo.clear_cache(only_keys=[name])
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(before)
        zoneinfo.ZoneInfo.clear_cache(only_keys=[name])


class TestIndexes:
    def test_a_duplicate_of_the_primary_key(self, plant):
        plant(
            "CREATE INDEX planted_twin ON core_branch (id)",
            after="DROP INDEX planted_twin",
        )
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
            found("duplicate_indexes", "planted_key").remedy
            == "ALTER TABLE core_branch DROP CONSTRAINT planted_key;"
        )

    def test_an_index_that_is_the_beginning_of_another(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT n AS a, n AS b FROM generate_series(1, "
            "60000) n",
            "CREATE INDEX planted_short ON planted (a)",
            "CREATE INDEX planted_long ON planted (a, b)",
            "CREATE INDEX planted_other ON planted (a DESC, b)",
            after="DROP TABLE planted",
        )
        finding = found("overlapping_indexes", "planted_short")
        assert "planted_long of planted" in finding.says
        assert "DROP INDEX CONCURRENTLY planted_short;" in finding.remedy
        assert {
            finding.subject for finding in look("overlapping_indexes").findings
        } == {"planted_short"}

    def test_an_index_that_a_busy_table_never_uses(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT n AS id, -n AS other FROM "
            "generate_series(1, 60000) n",
            "ALTER TABLE planted ADD PRIMARY KEY (id)",
            "CREATE INDEX planted_unused ON planted (other)",
            "ANALYZE planted",
            after="DROP TABLE planted",
        )
        # nobody has asked the table anything yet
        assert look("unused_indexes").findings == ()
        plant(
            "SET enable_hashjoin = off",
            "SET enable_mergejoin = off",
            "SET enable_seqscan = off",
        )
        plant(
            "SELECT count(p) FROM generate_series(1, 1200) n JOIN planted p ON p.id = "
            "n",
            after="RESET ALL",
        )
        finding = found("unused_indexes", "planted_unused")
        assert "never read" in finding.says
        assert "DROP INDEX CONCURRENTLY planted_unused;" in finding.remedy

    @pytest.mark.parametrize(
        ("seconds", "level"), [(3_600, Level.INFO), (8 * 86_400, Level.WARNING)]
    )
    def test_a_week_of_statistics_makes_an_unused_index_a_warning(self, seconds, level):
        row = {
            "subject": "i",
            "table": "t",
            "reads": 0,
            "keeps_a_promise": False,
            "bytes": 2**21,
            "table_reads": 5_000,
        }
        assert unused_indexes.judge(row | {"counted_for": seconds}).level == level
        assert (
            unused_indexes.judge(
                row | {"counted_for": seconds, "keeps_a_promise": True}
            )
            is None
        )

    def test_an_index_that_failed_to_build(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT 1 AS n FROM generate_series(1, 2)",
            after="DROP TABLE planted",
        )
        with pytest.raises(psycopg.errors.UniqueViolation):
            plant("CREATE UNIQUE INDEX CONCURRENTLY planted_broken ON planted (n)")
        finding = found("invalid_indexes", "planted_broken")
        assert finding.level == Level.CRITICAL
        assert "REINDEX INDEX CONCURRENTLY planted_broken;" in finding.remedy
        assert "DROP INDEX CONCURRENTLY planted_broken;" in finding.remedy

    def test_a_foreign_key_without_an_index(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT NULL::bigint AS branch_id FROM "
            "generate_series(1, 2000)",
            "ALTER TABLE planted ADD FOREIGN KEY (branch_id) REFERENCES core_branch "
            "(id)",
            "ANALYZE planted",
            after="DROP TABLE planted",
        )
        finding = found("foreign_keys", "planted.branch_id")
        assert finding.level == Level.WARNING
        assert finding.remedy.startswith(
            "CREATE INDEX CONCURRENTLY planted_branch_id ON planted (branch_id);"
        )
        plant("CREATE INDEX ON planted (branch_id) WHERE branch_id IS NOT NULL")
        assert not [
            finding
            for finding in look("foreign_keys").findings
            if finding.subject == "planted.branch_id"
        ]

    def test_a_foreign_key_that_is_meant_to_have_none_is_accepted_with_its_reason(
        self, database
    ):
        accepted = {
            finding.subject: finding for finding in look("foreign_keys").findings
        }
        assert accepted["bookings_booking.policy_id"].level == Level.ACCEPTED
        assert "PROTECT" in accepted["bookings_booking.policy_id"].remedy
        assert (
            next(iter(look("foreign_keys").accepted))
            == accepted["bookings_booking.policy_id"].remedy
        )


class TestTables:
    def test_a_big_table_read_whole_again_and_again(self, plant):
        plant(
            "CREATE TABLE planted AS SELECT n FROM generate_series(1, 12000) n",
            after="DROP TABLE planted",
        )
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
        plant(
            "DO $$ BEGIN FOR i IN 1..1000 LOOP PERFORM 1 FROM planted LIMIT 1; END "
            "LOOP; END $$"
        )
        assert found("index_use", "planted").says.startswith(
            "0.0% of 1,001 reads of its 12,000 rows"
        )

    def test_dead_rows(self, plant):
        plant(
            "CREATE TABLE planted (n int) WITH (autovacuum_enabled = off)",
            "INSERT INTO planted SELECT generate_series(1, 12000)",
            "DELETE FROM planted WHERE n <= 8000",
            after="DROP TABLE planted",
        )
        finding = found("dead_rows", "planted")
        assert finding.says.startswith(
            "8,000 dead rows, 66.7% of the table; last vacuum never, autovacuum is "
            "switched off"
        )
        assert (
            "VACUUM (ANALYZE) planted; ALTER TABLE planted RESET (autovacuum_enabled);"
            in finding.remedy
        )
        plant("VACUUM planted")
        assert look("dead_rows").state == State.OK

    def test_a_bloated_table_and_its_index(self, plant):
        plant(
            "CREATE TABLE planted (n int, filler text) WITH (autovacuum_enabled = off)",
            # 224 letters that do not compress
            "INSERT INTO planted SELECT n, (SELECT string_agg(md5((7 * n + "
            "m)::text), '') FROM generate_series(1, 7) m)"
            " FROM generate_series(1, 90000) n",
            "CREATE INDEX planted_filler ON planted (filler)",
            "DELETE FROM planted WHERE n % 10 <> 0",
            "VACUUM (ANALYZE, INDEX_CLEANUP ON) planted",
            after="DROP TABLE planted",
        )
        table, index = (
            found("table_bloat", "planted"),
            found("index_bloat", "planted_filler"),
        )
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
        row = {
            "subject": "indexes",
            "hits": 900_000,
            "misses": 100_000,
            "miss_share": 0.1,
            "counted_for": 7_200.0,
        }
        assert "90.0% of the blocks" in BY_NAME["cache_hits"].judge(row).says
        assert BY_NAME["cache_hits"].judge(row).level == Level.WARNING
        # just seeded
        assert (
            BY_NAME["cache_hits"].judge(row | {"counted_for": 60.0}).level == Level.INFO
        )
        assert BY_NAME["cache_hits"].judge(row | {"miss_share": 0.001}) is None
        assert (
            BY_NAME["cache_hits"].judge(row | {"hits": 9_000, "misses": 1_000}) is None
        )


class TestSessions:
    def test_a_blocked_statement_names_its_blocker(self, plant, monkeypatch):
        monkeypatch.setattr(blocked_statements, "LONG", 0)
        with (
            closing(another()) as holder,
            closing(another()) as waiter,
            ExitStack() as stack,
        ):
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
            while not live.execute(
                "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", [pid]
            ).fetchone():
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

    @pytest.mark.parametrize(
        ("used", "level"), [(60, None), (85, Level.WARNING), (97, Level.CRITICAL)]
    )
    def test_connections_that_run_out(self, used, level):
        finding = BY_NAME["connections"].judge(
            {"subject": "server", "used": used, "allowed": 100, "here": 3}
        )
        assert (finding and finding.level) == level

    def test_a_server_that_is_far_away(self, database):
        (row,) = look("round_trip").figures
        assert 0 < row["milliseconds"] <= row["most"]
        judge = BY_NAME["round_trip"].judge
        assert judge(row | {"milliseconds": 10}) is None
        assert (
            "takes 10.5 ms there and back" in judge(row | {"milliseconds": 10.5}).says
        )

    def test_the_connections_are_counted(self, database):
        (row,) = look("connections").figures
        assert 0 < row["here"] <= row["used"] <= row["allowed"]


class TestLimits:
    def test_a_sequence_near_its_end(self, plant):
        plant(
            "CREATE TABLE planted (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY "
            "KEY)",
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
        assert any(
            "VACUUM (FREEZE, VERBOSE)" in finding.remedy
            for finding in look("wraparound").findings
        )

    @pytest.mark.parametrize("months_ahead", [0, 1])
    def test_a_partition_that_is_not_made_ahead(self, plant, months_ahead):
        with another() as live:
            month = (
                f"date_trunc('month', now(), 'UTC') + interval '{months_ahead} month'"
            )
            (name,) = live.execute(
                f"SELECT 'core_requestsample_' || to_char(({month}) AT TIME ZONE "
                "'UTC', 'YYYY_MM')"
            ).fetchone()
        (bounds,) = connection_row(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s",
            [name],
        )
        plant(
            f"DROP TABLE {name}",
            after=f"CREATE TABLE {name} PARTITION OF core_requestsample {bounds}",
        )
        finding = found(
            "partitions", f"core_requestsample {name[-7:].replace('_', '-')}"
        )
        assert finding.level == Level.WARNING
        assert finding.says.endswith("rows go to its default partition.")
        assert (
            "`manage.py procrastinate defer core.make_partitions` starts it now"
            in finding.remedy
        )

    def test_a_table_without_this_month_and_without_a_default(self, plant):
        plant(
            "CREATE TABLE planted (at timestamptz) PARTITION BY RANGE (at)",
            after="DROP TABLE planted",
        )
        levels = {
            row.subject[:7]: row.level
            for row in look("partitions").findings
            if row.level == Level.CRITICAL
        }
        assert levels == {"planted": Level.CRITICAL}

    def test_a_default_partition_that_holds_rows(self, plant):
        assert look("partitions").state == State.OK
        plant(
            "INSERT INTO core_requestsample (at, endpoint, status, milliseconds, "
            "database_milliseconds, queries, hits, misses) VALUES ('2001-01-01', "
            "'planted', 200, 1, 1, 1, 0, 0)",
            after="DELETE FROM core_requestsample WHERE endpoint = 'planted'",
        )
        finding = found("partitions", "core_requestsample_default")
        assert finding.level == Level.WARNING
        assert "each query of core_requestsample reads it" in finding.says

    @pytest.mark.parametrize(
        ("planted", "rules", "says"),
        [
            ("Europe/London", "Africa/Lagos", "by Python and"),
            ("Europe/Planted", "Europe/London", "PostgreSQL does not know it."),
            ("Europe/Nowhere", None, "Python does not know it."),
        ],
    )
    def test_zone_data_of_two_ages(self, plant, tmp_path, planted, rules, says):
        plant(
            "INSERT INTO core_branch (name, slug, time_zone, address, phone, "
            f"is_active) VALUES ('Planted', 'planted', '{planted}', '', '', true)",
            after="DELETE FROM core_branch WHERE slug = 'planted'",
        )
        with zone_data(tmp_path, planted, rules):
            finding = found("time_zones", planted)
        assert finding.level == Level.WARNING
        assert (
            finding.says.startswith(f"1 branch goes by {planted}. ")
            and says in finding.says
        )
        assert finding.remedy.endswith("manage.py walltimes")
        if planted == "Europe/London":
            assert look("time_zones").state == State.OK

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
        plant(
            f"ALTER DATABASE {base} SET {name} = {value}",
            after=f"ALTER DATABASE {base} RESET {name}",
        )
        connection.close()  # a new session gets it
        try:
            finding = found("settings", name)
        finally:
            connection.close()
        assert said in finding.says and "database" in finding.says
        assert finding.remedy.startswith(f"ALTER DATABASE {base} SET {name} = ")

    @pytest.mark.parametrize(
        "name",
        [
            "fsync",
            "full_page_writes",
            "autovacuum",
            "track_counts",
            "synchronous_commit",
        ],
    )
    def test_safety_that_is_switched_off(self, name):
        row = {
            "subject": name,
            "setting": "off",
            "unit": None,
            "source": "file",
            "database_bytes": 1,
            "database": "d",
        }
        assert f"SET {name} = on;" in settings.judge(row).remedy
        assert settings.judge(row | {"setting": "on"}) is None

    def test_the_defaults_of_a_server_nobody_has_set_up(self):
        row = {"source": "default", "database_bytes": 2**30, "database": "d"}
        defaults = [
            ("shared_buffers", "16384", "8kB"),
            ("jit", "on (available)", None),
            ("work_mem", "4096", "kB"),
        ]
        for name, value, unit in defaults:
            assert (
                settings.judge(
                    row | {"subject": name, "setting": value, "unit": unit}
                ).level
                == Level.WARNING
            )
        small = row | {
            "subject": "shared_buffers",
            "setting": "16384",
            "unit": "8kB",
            "database_bytes": 2**26,
        }
        assert settings.judge(small) is None

    def test_a_slot_that_nobody_reads(self, plant):
        """Where the server keeps enough for one; else the same row by hand."""
        row = {
            "subject": "slot planted",
            "state": "inactive",
            "seconds": 0,
            "bytes": 4096,
        }
        assert "pg_drop_replication_slot('planted')" in replication.judge(row).remedy
        late = {
            "subject": "standby s",
            "state": "streaming",
            "seconds": 400.0,
            "bytes": 9,
        }
        assert replication.judge(late).level == Level.CRITICAL
        assert replication.judge(late | {"seconds": 1.0}) is None
        plant(
            "SELECT pg_create_physical_replication_slot('gymsite_planted', true)",
            after="SELECT pg_drop_replication_slot('gymsite_planted')",
        )
        assert (
            "pg_drop_replication_slot('gymsite_planted')"
            in found("replication", "slot gymsite_planted").remedy
        )


class TestStatements:
    def test_where_the_extension_is_missing_it_says_how_to_make_it(self, database):
        result = look("slow_statements")
        assert result.state == State.UNAVAILABLE
        assert "CREATE EXTENSION pg_stat_statements;" in result.reason

    def test_a_slow_statement(self, plant, monkeypatch):
        monkeypatch.setattr(slow_statements, "FEWEST", 2)
        plant(
            "CREATE EXTENSION pg_stat_statements",
            after="DROP EXTENSION pg_stat_statements",
        )
        plant(*["SELECT pg_sleep(0.06) AS planted"] * 2)
        (finding,) = [
            finding
            for finding in look("slow_statements").findings
            if "planted" in finding.says
        ]
        assert "EXPLAIN" in finding.remedy
        assert look("slow_statements").reason == ""


class TestRequests:
    @pytest.fixture
    def sampled(self, plant):
        def samples(
            count: int,
            milliseconds: float,
            *,
            status: int = 200,
            hits: int = 0,
            misses: int = 0,
        ) -> None:
            plant(
                "INSERT INTO core_requestsample (at, endpoint, status, milliseconds, "
                "database_milliseconds, queries, hits, misses) SELECT now(), 'GET /', "
                f"{status}, {milliseconds}, 1, 3, {hits}, {misses} FROM "
                f"generate_series(1, {count})"
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
        one, every = result.figures
        assert (one["subject"], every["subject"]) == ("GET /", "all endpoints")
        assert [one[name] for name in ("average", "p50", "p95", "p99")] == [10] * 4
        assert (one["requests"], every["requests"]) == (200, 200)
        assert result.sums.startswith("200 sampled;")

    def test_an_hour_tells_what_was_kept_and_what_failed(self, sampled):
        sampled(60, 10, hits=3, misses=1)
        sampled(40, 30, status=500)
        (one, _) = look("request_times").figures
        assert (one["parts"], one["kept_share"]) == (240, 0.75)
        assert (one["errors"], one["failed_share"], one["average"]) == (40, 0.4, 18)
        # between the two in the middle, as percentile_cont has it
        sampled(20, 30)
        assert look("request_times").figures[0]["p50"] == 20

    def test_hours_are_apart_and_as_far_back_as_one_asks(self, sampled, plant):
        sampled(1, 10)
        for hours in (1, 24, 25, 168, 169):
            plant(
                "INSERT INTO core_requestsample (at, endpoint, status, milliseconds, "
                "database_milliseconds, queries, hits, misses) VALUES (now() - "
                f"interval '{hours} h', 'GET /', 200, 1, 1, 1, 0, 0)"
            )
        assert len({row["hour"] for row in look("request_times").figures}) == 3
        (week,) = hours_module.looking_back([BY_NAME["request_times"]], 168)
        assert len({row["hour"] for row in runner.result_of(week).figures}) == 5

    def test_few_samples_mean_nothing(self):
        row = {
            "subject": "GET /",
            "hour": "h",
            "requests": 5,
            "p50": 900,
            "p95": 900,
            "p99": 900,
            "worst": True,
        }
        assert request_times.judge(row | {"queries": 1, "database_share": 1}) is None

    def test_errors(self, sampled):
        sampled(100, 1)
        assert look("request_errors").state == State.OK
        sampled(2, 1, status=500)
        assert "2 of 102" in found("request_errors", "all endpoints").says
        assert (
            request_errors.judge(
                {
                    "subject": "",
                    "requests": 99,
                    "errors": 50,
                    "share": 0.5,
                    "mostly": "",
                }
            )
            is None
        )

    def test_pages_that_are_seldom_kept(self, sampled):
        sampled(10, 1, hits=40, misses=60)
        assert "40.0% of 1,000 parts" in found("kept_pages", "GET /").says
        assert (
            kept_pages.judge(
                {"subject": "", "hits": 70, "misses": 30, "miss_share": 0.3}
            )
            is None
        )
