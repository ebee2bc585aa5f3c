"""What the database holds of how an appointment is paid: by a payment of its own, or
from a pack of appointments; what is free by neither."""

import pgtrigger
from django.db import models
from django.db.models import Q

from gymsite.core.models import refuses

PAID_IN_ONE_WAY = models.CheckConstraint(
    condition=Q(price_minor=0, payment__isnull=True, allowance__isnull=True)
    | Q(price_minor__gt=0, payment__isnull=False, allowance__isnull=True)
    | Q(price_minor__gt=0, payment__isnull=True, allowance__isnull=False),
    name="bookings_appointment_paid_in_one_way",
)

# what a pack is charged for nothing: staff may give its credit back
LOST = ("late_cancelled", "no_show")
CREDIT_BACK_IF_LOST = models.CheckConstraint(
    condition=Q(credit_returned_at__isnull=True)
    | Q(allowance__isnull=False, status__in=LOST),
    name="bookings_appointment_credit_back_if_lost",
)

PAYMENT_TRIGGERS = [
    refuses(
        "gives_credit_back_once",
        pgtrigger.UpdateOf("credit_returned_at"),
        "a credit goes back to its pack once",
        pgtrigger.Condition("OLD.credit_returned_at IS NOT NULL"),
    ),
    # A payment never changes its amount: to look when it is named is enough.
    pgtrigger.Trigger(
        name="is_what_is_paid",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("payment_id"),
        condition=pgtrigger.Condition("NEW.payment_id IS NOT NULL"),
        func="""
        IF EXISTS (
            SELECT FROM payments_payment p WHERE p.id = NEW.payment_id
                AND (p.member_id, p.amount_minor, p.currency, p.purpose)
                    <> (NEW.client_id, NEW.price_minor, NEW.currency, 'appointment')
        ) THEN
            RAISE EXCEPTION 'an appointment costs what is paid for it'
            USING ERRCODE = 'integrity_constraint_violation',
                CONSTRAINT = 'bookings_appointment_is_what_is_paid';
        END IF;
        RETURN NEW;
    """,
    ),
    pgtrigger.Trigger(
        name="is_of_its_pack",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("allowance_id"),
        condition=pgtrigger.Condition("NEW.allowance_id IS NOT NULL"),
        func="""
        IF NOT EXISTS (
            SELECT FROM memberships_allowance a JOIN memberships_membership m ON m.id = a.membership_id
            WHERE a.id = NEW.allowance_id AND m.member_id = NEW.client_id
                AND m.includes_appointments
                AND coalesce(m.only_branch_id, NEW.branch_id) = NEW.branch_id
        ) THEN
            RAISE EXCEPTION 'an appointment is paid by a pack of its client that includes appointments'
            USING ERRCODE = 'integrity_constraint_violation',
                CONSTRAINT = 'bookings_appointment_is_of_its_pack';
        END IF;
        RETURN NEW;
    """,
    ),
]
