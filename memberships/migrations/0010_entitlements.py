"""``memberships_entitlements(member, day)``: what a member may pay a class of that day with."""

from django.db import migrations

# The memberships that have not ended, with what is used in the period of the day. The period's first day is what
# rules.counted_in says, so that what is judged is what is charged, and a membership is never there twice. The order
# is that of use: the base membership, then the pack that ends first.
#
# A table, STABLE, without a setting and with a string for its body, as core_page_header is: so it becomes a part of
# the statement that reads it, which finds memberships_of_member and memberships_allowance_one_a_period.
ENTITLEMENTS = """
CREATE FUNCTION memberships_entitlements(member bigint, day date)
RETURNS TABLE (
    membership_id bigint, status varchar, is_base boolean, starts_on date, ends_on date,
    plan_name varchar, kind varchar, period varchar, classes smallint, branch_id bigint,
    includes_classes boolean, window_days smallint, allowance_id bigint, used integer,
    granted smallint, was_paid boolean
)
LANGUAGE sql STABLE AS $$
    SELECT m.id, m.status, m.is_base, m.starts_on, m.ends_on,
           m.plan_name, m.kind, m.period, m.classes, m.only_branch_id,
           m.includes_classes, m.booking_window_days, a.id, coalesce(a.used, 0),
           a.granted,
           NOT EXISTS (
               SELECT FROM public.memberships_billingperiod b
               WHERE b.membership_id = m.id AND b.payment_id IS NOT NULL
           )
           OR EXISTS (
               SELECT FROM public.memberships_billingperiod b
               JOIN public.payments_payment p ON p.id = b.payment_id
               WHERE b.membership_id = m.id AND p.status IN ('paid', 'refunded')
           )
    FROM public.memberships_membership m
    LEFT JOIN public.memberships_allowance a
        ON m.kind <> 'unlimited' AND a.membership_id = m.id
        AND a.starts_on = CASE WHEN m.kind = 'pack' THEN m.starts_on
            ELSE date_trunc(m.period, day::timestamp)::date END
    WHERE m.member_id = member AND m.status <> 'ended'
    ORDER BY m.is_base DESC, m.ends_on, m.id
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("memberships", "0009_stamps_side_by_side"),
        ("payments", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(ENTITLEMENTS, "DROP FUNCTION memberships_entitlements(bigint, date)"),
    ]
