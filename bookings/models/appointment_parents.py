"""What a new appointment is made of: all of it is in use, and held until the end, and
its trainer gives its service."""

import pgtrigger

FOUND = """
    PERFORM FROM core_branch b, bookings_trainer t, core_user u, bookings_service s
    WHERE b.id = NEW.branch_id AND t.id = NEW.trainer_id AND u.id = t.user_id AND s.id = NEW.service_id
        AND b.is_active AND t.is_active AND u.is_active AND s.is_active
        AND (s.branch_id IS NULL OR s.branch_id = NEW.branch_id)
    FOR KEY SHARE OF u FOR SHARE OF b, t, s;
    IF FOUND THEN PERFORM FROM core_user WHERE id = NEW.client_id AND is_active FOR KEY SHARE; END IF;
    IF FOUND AND NEW.room_id IS NOT NULL THEN
        PERFORM FROM bookings_room WHERE id = NEW.room_id AND branch_id = NEW.branch_id AND is_active FOR SHARE;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an appointment needs a branch, a trainer, a service, a client and a room in use'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bookings_appointment_parents_in_use';
    END IF;
    PERFORM FROM bookings_trainerservice g
    WHERE g.trainer_id = NEW.trainer_id AND g.service_id = NEW.service_id FOR KEY SHARE OF g;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the trainer does not give this service'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bookings_appointment_trainer_gives_it';
    END IF;
    RETURN NEW;
"""

PARENTS_IN_USE = pgtrigger.Trigger(
    name="parents_in_use",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.status IN ('requested', 'booked', 'confirmed')"),
    func=FOUND,
)
