"""What several statements read: the policy that counts at a branch, and whether a booking holds a place."""

from django.db import migrations

# bookings_policy_newest finds it. A table, STABLE, without a setting and with a string for its body, as
# core_page_header is: so it becomes a part of the statement that reads it.
POLICY = """
CREATE FUNCTION bookings_policy_of(branch bigint)
RETURNS TABLE (
    id bigint, window_days smallint, cutoff_minutes integer,
    promotion_margin_minutes integer, promoted_grace_minutes integer,
    unpaid_bookings smallint, booked_grace_minutes integer
)
LANGUAGE sql STABLE AS $$
    SELECT p.id, p.window_days, p.cutoff_minutes,
           p.promotion_margin_minutes, p.promoted_grace_minutes,
           p.unpaid_bookings, p.booked_grace_minutes
    FROM public.bookings_bookingpolicy p
    WHERE p.branch_id = branch OR p.branch_id IS NULL
    ORDER BY p.branch_id NULLS LAST, p.id DESC
    LIMIT 1
$$
"""

# models.HOLDS_PLACE; it becomes a part of the condition, so that the partial indexes serve it.
HOLDS_PLACE = """
CREATE FUNCTION bookings_holds_place(status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN status IN ('booked', 'attended', 'no_show')
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0017_functions_carry_their_path")]

    operations = [
        migrations.RunSQL(POLICY, "DROP FUNCTION bookings_policy_of(bigint)"),
        migrations.RunSQL(HOLDS_PLACE, "DROP FUNCTION bookings_holds_place(text)"),
    ]
