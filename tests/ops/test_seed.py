"""One small seeded brand, looked at from all sides."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from gymsite.core import member_numbers, references
from gymsite.ops import invariants
from gymsite.ops.seed import accounts, run, scale, verify
from tests.ops.databases import migrated

DAY = date(2026, 11, 20)
SMALL = 0.01

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("report"),
    pytest.mark.xdist_group("seed"),
]


def quietly(job: str, rows: int) -> None:
    pass


@pytest.fixture(scope="module")
def report(django_db_setup, django_db_blocker):
    """The report of a seed of 0.01; its database is Django's for the module."""
    with django_db_blocker.unblock(), migrated("seeded"):
        yield run.seed(run.Request(SMALL, seed=1, day=DAY), quietly)


def rows(query: str, *values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def value(query: str, *values):
    return rows(query, *values)[0][0]


class TestCounts:
    @pytest.mark.parametrize(
        ("table", "count"),
        [
            ("core_user", 2_000),
            ("bookings_booking", 3_380),
            ("bookings_waitlistentry", 100),
            ("bookings_checkin", 6_000),
            ("bookings_appointment", 950),
            ("bookings_service", 12),
            ("memberships_plan", 50),
            ("core_branch", 3),
            ("bookings_room", 6),
            ("bookings_gymclass", 60),
            ("bookings_classsession", 720),
            ("catalog_cart", 2_000),
            ("catalog_cartitem", 2_130),
            ("catalog_order", 2_000),
            ("catalog_review", 380),
            ("catalog_stockentry", 2_130),
            ("catalog_product", 138),
            ("catalog_supplieroffer", 300),
        ],
    )
    def test_are_exact(self, table, count):
        assert value(f"SELECT count(*) FROM {table}") == count

    def test_at_scale_1_are_the_contracts(self):
        full = scale.sizes(1)
        assert (full.users, full.rooms, full.classes, full.sessions) == (
            50_000,
            50,
            1_900,
            22_800,
        )
        assert (full.bookings, full.waitlist, full.checkins, full.branches) == (
            338_000,
            10_000,
            600_000,
            10,
        )

    def test_of_the_store_at_scale_1_are_the_contracts(self):
        full = scale.sizes(1, "store")
        assert (full.users, full.carts, full.cart_items, full.reviews) == (
            200_000,
            200_000,
            213_000,
            38_000,
        )
        assert (full.bookings, full.waitlist, full.checkins, full.classes) == (
            0,
            0,
            0,
            0,
        )

    def test_of_training_are_the_contracts(self):
        full, large = (scale.sizes(1, "training", size) for size in scale.SIZES)
        assert (full.trainers, full.classes, full.sessions) == (200, 2_000, 20_000)
        assert (full.appointments, full.clients) == (100_000, 10_000)
        assert (large.trainers, large.classes, large.sessions, large.appointments) == (
            5_000,
            50_000,
            500_000,
            1_000_000,
        )

    def test_only_training_has_a_large_size(self):
        with pytest.raises(ValueError, match="--size large"):
            scale.sizes(1, "gym", "large")

    def test_of_all_are_those_of_gym_and_store(self):
        full, gym, store = (
            scale.sizes(1, "all"),
            scale.sizes(1, "gym"),
            scale.sizes(1, "store"),
        )
        assert (full.gym_users, full.bookings, full.checkins) == (
            gym.users,
            gym.bookings,
            gym.checkins,
        )
        assert (full.users, full.cart_items, full.untracked) == (
            store.users,
            store.cart_items,
            store.untracked,
        )

    def test_the_ledger_of_money_has_the_gyms_and_the_stores_entries(self):
        by_card, others = rows(
            "SELECT count(*) FILTER (WHERE gateway = 'card'), count(*) FILTER (WHERE "
            "gateway = 'desk') FROM payments_ledgerentry e JOIN payments_payment p ON "
            "p.id = e.payment_id AND p.purpose <> 'appointment'"
        )[0]
        assert by_card == 2_000
        assert others > 500

    def test_above_1_the_places_grow_with_the_people(self):
        assert scale.sizes(10).classes == 19_000
        assert scale.sizes(10).rooms == 500

    @pytest.mark.parametrize("wrong", [0, 0.001, 21, -1, float("nan")])
    def test_other_scales_are_refused(self, wrong):
        with pytest.raises(ValueError, match="--scale must be from"):
            scale.sizes(wrong)

    def test_each_class_has_twelve_dates_eight_behind_and_four_ahead(self):
        dates = rows(
            "SELECT count(*), count(*) FILTER (WHERE session_date < %s), "
            "count(DISTINCT session_date) FROM bookings_classsession GROUP BY "
            "gym_class_id",
            DAY,
        )
        assert set(dates) == {(12, 8, 12)}


LOG_IN = (
    "INSERT INTO core_apisession (user_id, access_hash, refresh_hash, replaced_hash, "
    "access_expires_at, expires_at, created_at, refreshed_at, is_active, client)"
)
LATER = "now(), now() + interval '1 day', now(), now(), true, ''"

# an id of its own: a sequence is not undone
NOTE = "INSERT INTO core_event (id, kind, at, subject, subject_id, data)"
BOOKED_AFTER = (
    ", '{}' FROM bookings_booking WHERE id = (SELECT min(id) FROM bookings_booking "
    f"WHERE status = 'booked'); {NOTE} SELECT -1, 'booked', now(), 'booking', min(id), "
    "'{}' FROM bookings_booking WHERE status = 'booked'"
)


class TestInvariants:
    def test_all_were_checked(self, report):
        assert report.checks == len(invariants.INVARIANTS) + len(verify.SEED_ONLY)

    @pytest.mark.parametrize("check", verify.checks(), ids=lambda check: check.name)
    def test_holds(self, check):
        assert rows(check.sample(5)) == []

    SABOTAGE = {
        # the seed has no log-ins and no kept answers, so these bring their own
        "token_opens_one_log_in": (
            f"{LOG_IN} SELECT 5, sha256('a'), sha256('b'), sha256('a'), {LATER}"
        ),
        "log_in_is_hashed_and_in_time": (
            f"{LOG_IN} SELECT 5, 'plain', sha256('b'), NULL, {LATER}"
        ),
        "kept_answer_is_whole": (
            "INSERT INTO core_idempotencykey (owner, key, fingerprint, created_at, "
            "content_type, status) VALUES (5, 'k', sha256('k'), now(), '', 201)"
        ),
        "closed_accounts_hold_nothing": "UPDATE core_user SET is_active = false",
        "event_has_its_subject": (
            "UPDATE core_event SET subject = 'booking', subject_id = 0"
        ),
        "outbox_holds_events": (
            "INSERT INTO core_outbox (event_id, due_at) VALUES (77, now())"
        ),
        "booked_count": "UPDATE bookings_classsession SET booked_count = booked_count "
        "+ 1 WHERE booked_count = 0 AND status = 'scheduled'",
        "waitlist_length": (
            "UPDATE bookings_classsession SET waitlist_length = waitlist_length + 1 "
            "WHERE status = 'scheduled'"
        ),
        "paid_payment_has_one_thing": (
            "UPDATE memberships_billingperiod SET payment_id = NULL WHERE payment_id "
            "IN (SELECT id FROM payments_payment WHERE status = 'paid')"
        ),
        "thing_has_its_money": (
            "UPDATE memberships_billingperiod SET amount_minor = amount_minor + 1 "
            "WHERE payment_id IS NOT NULL"
        ),
        "turns_in_order": (
            "UPDATE bookings_waitlistentry SET joined_at = joined_at - position * "
            "interval '1 month'"
        ),
        "promoted_is_booked": (
            "UPDATE bookings_waitlistentry SET member_id = 5 WHERE status = 'promoted'"
        ),
        "nobody_waits_for_their_own_session": (
            "UPDATE bookings_waitlistentry w SET member_id = (SELECT min(member_id) "
            "FROM bookings_booking b WHERE b.session_id = w.session_id AND b.status = "
            "'booked') WHERE id = (SELECT min(id) FROM bookings_waitlistentry WHERE "
            "status = 'waiting')"
        ),
        "allowance_used": (
            "UPDATE memberships_allowance SET used = used - 1 WHERE used > 0"
        ),
        "class_within_membership": (
            "UPDATE memberships_membership SET starts_on = starts_on + 99 WHERE "
            "ends_on IS NULL"
        ),
        "booked_while_it_stood": (
            f"{NOTE} SELECT -2, 'membership_ended', now(), 'membership', membership_id "
            f"{BOOKED_AFTER}"
        ),
        "closed_accounts_book_nothing": (
            f"UPDATE core_user SET is_active = false; {NOTE} SELECT -2, 'deactivated', "
            f"now(), 'user', member_id {BOOKED_AFTER}"
        ),
        "booked_before_the_first_payment": (
            "UPDATE payments_payment SET status = 'failed', paid_at = NULL, look_up_at "
            "= NULL"
        ),
        "class_within_allowance": "UPDATE bookings_booking SET allowance_id = NULL",
        "booking_times_are_the_sessions": (
            "UPDATE bookings_classsession SET starts_at = starts_at - interval '1 s'"
        ),
        "cancelled_sessions_are_empty": (
            "UPDATE bookings_classsession SET cancelled_at = NULL WHERE status = "
            "'cancelled'"
        ),
        "session_at_its_wall_time": (
            "UPDATE bookings_gymclass SET starts = starts + interval '5 minutes'"
        ),
        "room_and_trainer_of_the_branch": "UPDATE bookings_room SET capacity = 1",
        "what_lies_ahead_is_in_use": "UPDATE bookings_room SET is_active = false",
        "visit_of_its_booking": (
            "UPDATE bookings_checkin SET member_id = 1 WHERE booking_id IS NOT NULL"
        ),
        "nobody_is_in_two_places": (
            "UPDATE bookings_appointment a SET starts_at = s.starts_at, ends_at = "
            "s.ends_at, busy_from = s.starts_at, busy_until = s.ends_at, room_id = "
            "NULL FROM bookings_classsession s WHERE a.id = (SELECT min(id) FROM "
            "bookings_appointment WHERE status = 'booked') AND s.id = (SELECT max(id) "
            "FROM bookings_classsession WHERE trainer_id = a.trainer_id AND status = "
            "'scheduled')"
        ),
        "appointment_costs_what_is_paid": (
            "UPDATE payments_payment SET amount_minor = amount_minor + 1 WHERE id = "
            "(SELECT payment_id FROM bookings_appointment ORDER BY id LIMIT 1)"
        ),
        "appointment_of_its_branch": (
            "UPDATE bookings_appointment SET client_id = (SELECT user_id FROM "
            "bookings_trainer t WHERE t.id = trainer_id) WHERE id = 7"
        ),
        "appointment_free_until_is_fair": (
            "UPDATE bookings_appointment SET free_until = free_until - interval '25 h'"
        ),
        "free_until_is_fair": (
            "UPDATE bookings_booking SET free_until = free_until - interval '1 hour'"
        ),
        "ledger_matches_payments": "DELETE FROM payments_ledgerentry",
        "packs_have_an_allowance": (
            "UPDATE memberships_allowance SET starts_on = starts_on - 1"
        ),
        "allowance_of_its_period": (
            "UPDATE memberships_allowance SET ends_on = ends_on + 1"
        ),
        "ordered_cart_has_its_order": (
            "UPDATE catalog_cart SET status = 'open' WHERE id = 7"
        ),
        "order_sums_its_lines": (
            "UPDATE catalog_cartitem SET quantity = quantity + 1 WHERE id = 7"
        ),
        "order_is_in_the_ledger": (
            "UPDATE payments_ledgerentry SET amount_minor = amount_minor + 1"
        ),
        "order_says_what_was_refunded": (
            "INSERT INTO catalog_refund (id, branch_id, order_id, item_id, entry_id, "
            "quantity, restocked, reason, at) SELECT -1, o.branch_id, o.id, i.id, 1, 1, "
            "false, '', now() FROM catalog_order o JOIN catalog_cartitem i ON "
            "i.cart_id = o.cart_id WHERE o.id = 7 LIMIT 1"
        ),
        "order_times_fit_its_status": (
            "UPDATE catalog_order SET ready_at = NULL WHERE status = 'ready'"
        ),
        "pairs_are_counted": (
            "UPDATE catalog_productpair SET orders = orders + 1 WHERE id = 7"
        ),
        "product_says_how_it_is_rated": (
            "UPDATE catalog_product SET rating_sum = rating_sum - 1 WHERE review_count "
            "> 5"
        ),
        "review_by_a_buyer": (
            "UPDATE catalog_review SET created_at = created_at - interval '3 years' "
            "WHERE id = 7"
        ),
        "price_is_the_last_of_its_history": (
            "UPDATE catalog_product SET price_minor = price_minor + 1 WHERE id = 7"
        ),
        "rentals_of_a_unit_follow_each_other": (
            "ALTER TABLE catalog_rental DROP CONSTRAINT catalog_rental_unit_free; "
            "UPDATE catalog_rental SET ends_on = ends_on + 200 WHERE status = 'booked'"
        ),
        "rental_is_of_its_unit": (
            "UPDATE catalog_rental SET branch_id = branch_id % 3 + 1"
        ),
        "late_rentals_cost_their_days": (
            "UPDATE catalog_rental SET late_days = late_days + 3 WHERE id = 7"
        ),
        "stock_is_its_ledger": "UPDATE catalog_stocklevel SET on_hand = on_hand + 1",
        "stock_balances_follow_each_other": (
            "UPDATE catalog_stockentry SET balance = balance + 1 WHERE id = 7"
        ),
        "stock_left_with_its_order": (
            "UPDATE catalog_stockentry SET order_id = order_id + 1 WHERE kind = 'sale'"
        ),
        "stock_came_back_with_refunds": (
            "UPDATE catalog_stockentry SET kind = 'return', quantity = 1 WHERE kind = "
            "'sale' AND id < 500"
        ),
        "stock_is_held_for_open_carts": (
            "INSERT INTO catalog_stockhold (cart_id, product_id, quantity, expires_at) "
            "VALUES (7, 7, 1, now())"
        ),
        "received_is_what_was_delivered": (
            "UPDATE catalog_purchaseline SET received = received - 1 WHERE received > 0"
        ),
        "purchase_is_as_far_as_its_lines": (
            "UPDATE catalog_purchaseorder SET status = 'received'"
        ),
        # the seed keeps no events of what was long ago
        "appointment_reminded_once": (
            f"{NOTE} SELECT -row_number() OVER (), 'appointment_reminded', starts_at - "
            "interval '1 hour', 'appointment', id, "
            "jsonb_build_object('starts_at', starts_at) FROM bookings_appointment, "
            "generate_series(1, 2) WHERE reminded_for = starts_at AND id < 99"
        ),
        "seed_past_bookings_are_decided": (
            "UPDATE bookings_booking SET status = 'booked' WHERE status = 'no_show'"
        ),
        "seed_waits_only_for_full_sessions_ahead": (
            "UPDATE bookings_classsession SET capacity = capacity + 1"
        ),
        "seed_attended_bookings_have_a_visit": (
            "UPDATE bookings_checkin SET booking_id = NULL"
        ),
        "seed_booked_within_the_window": (
            "UPDATE bookings_booking SET booked_at = booked_at - interval '40 days'"
        ),
        "seed_nothing_from_the_future": (
            "UPDATE core_user SET date_joined = date_joined + interval '9 years'"
        ),
        "seed_past_appointments_are_decided": (
            "UPDATE bookings_appointment SET status = 'confirmed', over_at = NULL "
            "WHERE status = 'completed'"
        ),
        "seed_appointments_within_hours": (
            "UPDATE bookings_availability SET valid_from = '2026-11-01'"
        ),
        "seed_appointments_are_given": "DELETE FROM bookings_trainerservice",
        "seed_appointments_booked_in_time": (
            "UPDATE bookings_appointment SET booked_at = booked_at - interval '43 d'"
        ),
        "seed_appointments_are_as_many": (
            "DELETE FROM bookings_appointment WHERE id = 7"
        ),
        "seed_bought_at_the_price_of_its_time": (
            "UPDATE catalog_cartitem SET price_minor = price_minor + 1"
        ),
        "seed_ledger_is_in_the_order_of_time": (
            "UPDATE catalog_stockentry SET at = at - id * interval '1 day'"
        ),
    }

    @pytest.mark.parametrize("check", verify.checks(), ids=lambda check: check.name)
    def test_would_notice(self, check):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(self.SABOTAGE[check.name])
        assert rows(check.sample(5)) != []

    def test_reconcile_says_so(self, capsys):
        call_command("reconcile", connections=1)
        told = capsys.readouterr().out
        assert told.count("\nOK") + told.startswith("OK") == len(invariants.INVARIANTS)
        assert f"All {len(invariants.INVARIANTS)} invariants hold" in told

    def test_reconcile_fails_where_one_does_not_hold(self, capsys):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(self.SABOTAGE["allowance_used"])
        with pytest.raises(
            CommandError, match=f"1 of {len(invariants.INVARIANTS)} invariants"
        ):
            call_command("reconcile", connections=1)
        told = capsys.readouterr().out.splitlines()
        assert [line.split()[1] for line in told if line.startswith("BROKEN")] == [
            "allowance_used:"
        ]


class TestTheDatabaseLivesOn:
    """Triggers, sequences and defaults of the new tables work as the old ones did."""

    def test_booked_count_follows_a_cancelled_booking(self):
        booking, session, before = rows(
            "SELECT b.id, s.id, s.booked_count FROM bookings_booking b JOIN "
            "bookings_classsession s ON s.id = b.session_id WHERE b.status = 'booked' "
            "ORDER BY b.id LIMIT 1"
        )[0]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bookings_booking SET status = 'cancelled', cancelled_at = "
                "now() WHERE id = %s",
                [booking],
            )
        assert (
            value(
                "SELECT booked_count FROM bookings_classsession WHERE id = %s", session
            )
            == before - 1
        )

    def test_member_numbers_go_on_where_the_seed_ended(self):
        last = value("SELECT max(member_number) FROM core_user")
        following = value("SELECT core_next_member_number()")
        assert int(following[:-1]) == int(last[:-1]) + 1

    @pytest.mark.parametrize(
        "table", ["core_user", "bookings_booking", "bookings_checkin", "core_event"]
    )
    def test_ids_go_on_where_the_seed_ended(self, table):
        sequence = value("SELECT pg_get_serial_sequence(%s, 'id')", table)
        assert value(f"SELECT nextval('{sequence}')") == value(
            f"SELECT max(id) + 1 FROM {table}"
        )

    def test_history_is_still_guarded(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows("DELETE FROM core_event RETURNING id")

    def test_the_planner_knows_the_rows(self):
        known = value(
            "SELECT reltuples FROM pg_class WHERE oid = 'bookings_booking'::regclass"
        )
        # less once autovacuum was there: it reads no frozen page and guesses
        assert 1_690 < known <= 3_380

    def test_check_ins_have_partitions_for_two_months_ahead(self):
        names = {
            name
            for (name,) in rows(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE "
                "inhparent::regclass::text = 'bookings_checkin'"
            )
        }
        assert {
            "bookings_checkin_2026_09",
            "bookings_checkin_2026_11",
            "bookings_checkin_2027_01",
        } <= names


class TestPeople:
    def test_names_are_of_several_cultures(self):
        accented = value(
            "SELECT count(*) FROM core_user "
            r"WHERE first_name || last_name ~ '[^\x01-\x7f]'"
        )
        assert 160 < accented < 1_000
        assert value("SELECT count(DISTINCT last_name) FROM core_user") > 120

    def test_usernames_and_addresses_are_plain(self):
        others = "SELECT count(*) FROM core_user WHERE"
        assert value(f"{others} username !~ '^[a-z0-9.]+$'") == 0
        address = r"^[a-z0-9.]+@example\.(com|org|net)$"
        assert value(f"{others} email !~ '{address}'") == 0

    def test_joins_are_spread_over_years(self):
        years = dict(
            rows(
                "SELECT extract(year FROM date_joined)::int, count(*) FROM core_user "
                "GROUP BY 1"
            )
        )
        assert len(years) >= 6
        assert years[2025] > years[2021]

    def test_every_branch_has_every_kind_of_staff(self):
        assert (
            value(
                "SELECT min(roles) FROM (SELECT count(DISTINCT role) AS roles FROM "
                "core_user WHERE role IN ('manager', 'front_desk', 'trainer') GROUP BY "
                "home_branch_id) branches"
            )
            == 3
        )

    def test_memberships_are_in_every_state(self):
        states = dict(
            rows("SELECT status, count(*) FROM memberships_membership GROUP BY status")
        )
        assert set(states) == {"active", "frozen", "past_due", "ended"}
        assert states["active"] > sum(states.values()) / 2

    def test_member_numbers_are_those_that_the_database_gives(self):
        numbers = [number for (number,) in rows("SELECT member_number FROM core_user")]
        assert all(member_numbers.read(number) == number for number in numbers)

    def test_references_can_be_checked_and_do_not_follow_each_other(self):
        found = [
            reference
            for (reference,) in rows(
                "SELECT reference FROM bookings_booking ORDER BY id"
            )
        ]
        assert all(references.read(reference) == reference for reference in found)
        assert len({reference[:3] for reference in found[:200]}) > 150


class TestAccounts:
    @pytest.mark.parametrize(
        "account", accounts.ACCOUNTS, ids=lambda account: account.username
    )
    def test_can_log_in(self, account):
        role, password, number = rows(
            "SELECT role, password, member_number FROM core_user WHERE username = %s",
            account.username,
        )[0]
        assert role == account.role
        assert check_password(account.password, password)
        assert number == account.member_number

    def test_the_member_has_something_on_every_page(self):
        member = accounts.DEMO_MEMBER.id
        assert (
            value(
                "SELECT count(*) FROM bookings_booking WHERE member_id = %s AND status "
                "= 'booked'",
                member,
            )
            >= 2
        )
        assert (
            value(
                "SELECT count(*) FROM bookings_waitlistentry WHERE member_id = %s AND "
                "status = 'waiting'",
                member,
            )
            == 1
        )
        assert (
            value("SELECT count(*) FROM bookings_checkin WHERE member_id = %s", member)
            >= 8
        )
        assert (
            value(
                "SELECT count(*) FROM core_notification WHERE user_id = %s AND NOT "
                "is_read",
                member,
            )
            == 2
        )
        assert (
            value(
                "SELECT count(*) FROM memberships_membership WHERE member_id = %s AND "
                "status = 'active'",
                member,
            )
            == 1
        )

    def test_the_member_can_check_in_at_the_kiosk(self):
        assert check_password(
            accounts.PIN,
            value("SELECT pin_hash FROM core_user WHERE username = 'member'"),
        )

    def test_the_trainer_teaches(self):
        assert (
            value(
                "SELECT count(*) FROM bookings_gymclass c JOIN bookings_trainer t ON "
                "t.id = c.trainer_id WHERE t.user_id = %s",
                accounts.DEMO_TRAINER.id,
            )
            >= 3
        )

    def test_the_trainer_has_a_busy_week_and_knows_their_clients(self):
        trainer = value(
            "SELECT id FROM bookings_trainer WHERE user_id = %s",
            accounts.DEMO_TRAINER.id,
        )
        weeks = rows(
            "SELECT date_trunc('week', starts_at), count(*) FROM bookings_appointment "
            "WHERE trainer_id = %s AND status IN ('booked', 'confirmed') GROUP BY 1 "
            "ORDER BY 2 DESC",
            trainer,
        )
        assert weeks[0][1] >= 10
        notes = "SELECT count(*) FROM bookings_clientnote WHERE trainer_id = %s"
        assert value(notes, trainer) > 3

    def test_the_member_trains_with_that_trainer_soon(self):
        (soonest,) = rows(
            "SELECT min(a.starts_at), t.user_id FROM bookings_appointment a JOIN "
            "bookings_trainer t ON t.id = a.trainer_id WHERE client_id = %s AND status "
            "IN ('booked', 'confirmed') GROUP BY 2",
            accounts.DEMO_MEMBER.id,
        )
        assert soonest[1] == accounts.DEMO_TRAINER.id
        assert soonest[0].date() <= date(2026, 12, 4)


class TestBelievable:
    def test_some_classes_are_far_more_wanted(self):
        fill = [
            float(share)
            for (share,) in rows(
                "SELECT sum(booked_count)::float / sum(capacity) FROM "
                "bookings_classsession WHERE session_date < %s AND status = "
                "'scheduled' GROUP BY gym_class_id ORDER BY 1",
                DAY,
            )
        ]
        tenth = len(fill) // 10
        assert sum(fill[-tenth:]) > 2 * sum(fill[:tenth])

    def test_evenings_are_fuller_than_early_afternoons(self):
        assert self.fill("c.starts BETWEEN '17:00' AND '20:00'") > 1.2 * self.fill(
            "c.starts BETWEEN '13:00' AND '15:30'"
        )

    def test_nights_are_nearly_empty(self):
        assert self.fill("c.starts < '04:00'") < 0.7 * self.fill("true")

    def fill(self, where: str) -> float:
        return float(
            value(
                "SELECT sum(s.booked_count)::float / sum(s.capacity) FROM "
                "bookings_classsession s JOIN bookings_gymclass c ON c.id = "
                f"s.gym_class_id WHERE s.session_date < '{DAY}' AND {where}"
            )
        )

    def test_bookings_are_in_every_state(self):
        states = dict(
            rows("SELECT status, count(*) FROM bookings_booking GROUP BY status")
        )
        assert set(states) == {
            "booked",
            "attended",
            "no_show",
            "cancelled",
            "late_cancelled",
        }
        assert states["attended"] > 8 * states["no_show"]
        assert states["cancelled"] > states["late_cancelled"]

    def test_about_ten_wait_for_each_full_session_that_has_a_line(self):
        lines = [
            length
            for (length,) in rows(
                "SELECT waitlist_length FROM bookings_classsession WHERE "
                "waitlist_length > 0"
            )
        ]
        assert 6 < sum(lines) / len(lines) < 14

    def test_free_visits_are_more_frequent_than_classes(self):
        free, classes = rows(
            "SELECT count(*) FILTER (WHERE booking_id IS NULL), count(booking_id) FROM "
            "bookings_checkin"
        )[0]
        assert 1 < free / classes < 2.5

    def test_bookings_ahead_thin_out(self):
        near, far = rows(
            "SELECT avg(booked_count) FILTER (WHERE session_date < %s::date + 5), "
            "avg(booked_count) FILTER (WHERE session_date > %s::date + 15) FROM "
            "bookings_classsession WHERE session_date >= %s AND status = 'scheduled'",
            DAY, DAY, DAY,
        )[0]  # fmt: skip
        assert near > 3 * far


class TestTime:
    def test_a_class_keeps_its_wall_time_over_a_clock_change(self):
        offsets = rows(
            "SELECT b.time_zone, count(DISTINCT s.starts_at::time), count(DISTINCT "
            "(s.starts_at AT TIME ZONE b.time_zone)::time) FROM bookings_classsession "
            "s JOIN core_branch b ON b.id = s.branch_id JOIN bookings_gymclass c ON "
            "c.id = s.gym_class_id WHERE c.starts > '05:00' GROUP BY b.time_zone, "
            "s.gym_class_id"
        )
        assert {zone for zone, instants, _ in offsets if instants == 2} == {
            "Europe/London",
            "America/New_York",
            "Australia/Sydney",
        }
        assert {walls for _, _, walls in offsets} == {1}

    def test_a_class_in_the_hour_that_is_skipped_moves_on_by_it(self):
        starts = value(
            "SELECT s.starts_at FROM bookings_classsession s JOIN bookings_gymclass c "
            "ON c.id = s.gym_class_id JOIN core_branch b ON b.id = s.branch_id WHERE "
            "b.time_zone = 'Australia/Sydney' AND s.session_date = '2026-10-04' AND "
            "c.starts = '02:15'"
        )
        # the clocks of Sydney go from 02:00 to 03:00 on that night, so this is 03:15 of
        # the new time
        assert starts == datetime(2026, 10, 3, 16, 15, tzinfo=UTC)

    def test_nobody_teaches_or_fills_a_room_twice_at_once(self):
        for column in ("trainer_id", "room_id"):
            assert (
                rows(
                    "SELECT id FROM (SELECT id, starts_at, lag(ends_at) OVER "
                    f"(PARTITION BY {column} ORDER BY starts_at) AS before FROM "
                    "bookings_classsession WHERE status = 'scheduled') turns WHERE "
                    "starts_at < before"
                )
                == []
            )
