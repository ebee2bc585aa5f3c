"""Check-ins, partitioned by month: the database's key is (id, at), Django goes by id alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CREATE = """
CREATE SEQUENCE bookings_checkin_id_seq;
CREATE TABLE bookings_checkin (
    id bigint NOT NULL DEFAULT nextval('bookings_checkin_id_seq'),
    at timestamptz NOT NULL,
    method varchar(10) NOT NULL,
    booking_id bigint CONSTRAINT bookings_checkin_booking_fk REFERENCES bookings_booking (id) DEFERRABLE INITIALLY DEFERRED,
    branch_id bigint NOT NULL CONSTRAINT bookings_checkin_branch_fk REFERENCES core_branch (id) DEFERRABLE INITIALLY DEFERRED,
    member_id bigint NOT NULL CONSTRAINT bookings_checkin_member_fk REFERENCES core_user (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE bookings_checkin_id_seq OWNED BY bookings_checkin.id;
CREATE INDEX bookings_checkin_member ON bookings_checkin (member_id, at DESC, id DESC);
CREATE INDEX bookings_checkin_branch ON bookings_checkin (branch_id, at);
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, "DROP TABLE bookings_checkin")],
            state_operations=[
                migrations.CreateModel(
                    name="CheckIn",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("desk", "Front desk"),
                                    ("kiosk_pin", "Kiosk, PIN"),
                                    ("kiosk_code", "Kiosk, code"),
                                    ("api", "API"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "booking",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="bookings.booking",
                            ),
                        ),
                        (
                            "branch",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.branch",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkins",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={"verbose_name": "check-in"},
                ),
                migrations.AddIndex(
                    "checkin", models.Index(fields=["member", "-at", "-id"], name="bookings_checkin_member")
                ),
                migrations.AddIndex("checkin", models.Index(fields=["branch", "at"], name="bookings_checkin_branch")),
            ],
        ),
    ]
