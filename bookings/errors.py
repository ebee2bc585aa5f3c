"""What booking says no with. The docstring is the title; details and remedies come with
the values, from rules.py."""

from gymsite.core import money
from gymsite.core.errors import DomainError, for_constraint, misfit


class SessionNotFound(DomainError):
    """There is no such session."""

    code = "session_not_found"
    status = 404


class BookingNotFound(DomainError):
    """There is no such booking."""

    code = "booking_not_found"
    status = 404


class SessionCancelled(DomainError):
    """This session is cancelled."""

    code = "session_cancelled"


class SessionStarted(DomainError):
    """This session has started."""

    code = "session_started"


class BookingNotOpen(DomainError):
    """Booking is not open yet."""

    code = "booking_not_open"


class AccountClosed(DomainError):
    """This account is closed."""

    code = "account_closed"
    status = 403


class MembershipRequired(DomainError):
    """A membership or a class pack is needed to book."""

    code = "membership_required"
    status = 403


class MembershipFrozen(DomainError):
    """This membership is frozen."""

    code = "membership_frozen"
    status = 403


class PaymentDue(DomainError):
    """A payment for this membership is due."""

    code = "payment_due"
    status = 403


class MembershipDates(DomainError):
    """This membership does not reach the day of the session."""

    code = "membership_dates"
    status = 403


class PlanExcludes(DomainError):
    """This plan does not include this session."""

    code = "plan_excludes"
    status = 403


class AllowanceUsedUp(DomainError):
    """All classes of this plan are used."""

    code = "allowance_used_up"
    status = 403


class AlreadyBooked(DomainError):
    """You have a place in this session."""

    code = "already_booked"


class OverlappingBooking(DomainError):
    """You have another booking at this time."""

    code = "overlapping_booking"


class SessionFull(DomainError):
    """This session is full."""

    code = "session_full"


class AlreadyWaiting(DomainError):
    """You are on this waitlist."""

    code = "already_waiting"


class PlacesFree(DomainError):
    """This session has places left."""

    code = "places_free"
    # a place that is free is taken within moments, by this member or by others
    is_final = False


class Overtaken(DomainError):
    """What was looked at changed each time before the place could be given."""

    code = "overtaken"


class NotWaiting(DomainError):
    """You are not on this waitlist."""

    code = "not_waiting"


class WrongBookingState(DomainError):
    """This booking is in another state by now."""

    code = "wrong_booking_state"


class AttendanceNotOpen(DomainError):
    """It is too early to say who came."""

    code = "attendance_not_open"
    status = 403


class AttendanceClosed(DomainError):
    """It is too late to change who came."""

    code = "attendance_closed"


class CapacityBelowBookings(DomainError):
    """More places are taken than that."""

    code = "capacity_below_bookings"


class RoomTooSmall(DomainError):
    """This room holds fewer people than that."""

    code = "room_too_small"


class WrongClassState(DomainError):
    """This class is in another state by now."""

    code = "wrong_class_state"


class NotInUse(DomainError):
    """This class, its room, its trainer or its branch is not in use."""

    code = "not_in_use"


class RoomTaken(DomainError):
    """This room holds another session at that time."""

    code = "room_taken"


class TrainerTaken(DomainError):
    """This trainer teaches another session at that time."""

    code = "trainer_taken"


class AppointmentNotFound(DomainError):
    """There is no such appointment."""

    code = "appointment_not_found"
    status = 404


class SlotTaken(DomainError):
    """This time is taken by now."""

    code = "slot_taken"


class AppointmentTooSoon(DomainError):
    """This time is too near to be booked."""

    code = "appointment_too_soon"


class AppointmentTooFar(DomainError):
    """This time is too far ahead to be booked."""

    code = "appointment_too_far"


class OffRaster(DomainError):
    """Appointments do not start at that minute."""

    code = "off_raster"


class OutsideOpeningHours(DomainError):
    """The branch is closed at that time."""

    code = "outside_opening_hours"


class TrainerNotAvailable(DomainError):
    """This trainer takes no appointments at that time."""

    code = "trainer_not_available"


class ServiceNotGiven(DomainError):
    """This trainer does not give this service."""

    code = "service_not_given"


class AppointmentPriceChanged(DomainError):
    """The price has changed since. Nothing is booked yet."""

    code = "appointment_price_changed"


class MoveTooLate(DomainError):
    """It is too late to move this appointment."""

    code = "move_too_late"


class WrongAppointmentState(DomainError):
    """This appointment is in another state by now."""

    code = "wrong_appointment_state"


class TrainerBooked(DomainError):
    """This trainer has an appointment at that time."""

    code = "trainer_booked"


class AlreadyAway(DomainError):
    """That time is noted already."""

    code = "already_away"


class CheckInRefused(DomainError):
    """No membership or booking opens the door today."""

    code = "checkin_refused"
    status = 403


class NotStaffHere(DomainError):
    """That is not the number and PIN, or name and password, of somebody who works
    here."""

    code = "not_staff_here"
    status = 403


class BadCode(DomainError):
    """This code is too old or not one of ours."""

    code = "bad_checkin_code"
    status = 403


for_constraint("bookings_booking_one_active", AlreadyBooked())
for_constraint(
    "bookings_booking_one_place_at_a_time",
    OverlappingBooking(remedy="Cancel that booking first."),
)
for_constraint("bookings_session_places", SessionFull(remedy="Join the waitlist."))
for_constraint(
    "bookings_session_cancelled_is_empty",
    SessionCancelled(remedy="Choose another session."),
)
for_constraint("bookings_waitlistentry_one_active", AlreadyWaiting())
for_constraint(
    "bookings_classsession_parents_in_use", NotInUse(remedy="Choose others that are.")
)
for_constraint(
    "bookings_session_room_free", RoomTaken(remedy="Choose another room or time.")
)
for_constraint(
    "bookings_session_trainer_free",
    TrainerTaken(remedy="Choose another trainer or time."),
)
for name in ("trainer_free", "trainer_teaches_not", "trainer_not_blocked"):
    for_constraint(
        f"bookings_appointment_{name}", SlotTaken(remedy="Choose another time.")
    )
for name in ("appointment_client_free", "appointment_client_has_no_class"):
    for_constraint(
        f"bookings_{name}", OverlappingBooking(remedy="Cancel that booking first.")
    )
for_constraint(
    "bookings_booking_member_has_no_appointment",
    OverlappingBooking(
        "You have an appointment at this time.", remedy="Cancel or move it first."
    ),
)
for name in ("room_free", "room_holds_no_class"):
    for_constraint(
        f"bookings_appointment_{name}",
        RoomTaken(remedy="Choose another room or time."),
    )
for_constraint(
    "bookings_session_trainer_has_no_appointment",
    TrainerTaken(
        "This trainer has an appointment at that time.",
        remedy="Choose another trainer or time.",
    ),
)
for_constraint(
    "bookings_session_room_has_no_appointment",
    RoomTaken(
        "This room holds an appointment at that time.",
        remedy="Choose another room or time.",
    ),
)
for_constraint(
    "bookings_appointment_parents_in_use",
    NotInUse(
        "This branch, trainer, service or room takes no appointments.",
        remedy="Choose others that do.",
    ),
)
for_constraint(
    "bookings_appointment_trainer_gives_it",
    ServiceNotGiven(remedy="Choose another trainer or service."),
)
for name in ("follows_its_states", "credit_back_if_lost", "gives_credit_back_once"):
    for_constraint(f"bookings_appointment_{name}", WrongAppointmentState())
for_constraint(
    "bookings_exception_meets_no_appointment",
    TrainerBooked(remedy="Move or cancel it first."),
)
for_constraint("bookings_exception_once", AlreadyAway(remedy="Choose another time."))
for name, field, words in (
    ("room_holds_somebody", "capacity", "A room holds at least one."),
    ("gymclass_holds_somebody", "capacity", "A class has at least one place."),
    ("gymclass_lasts", "minutes", "A class lasts 1 to 600 minutes."),
    ("gymclass_weekday", "weekday", "A week has seven days."),
    ("policy_opens_some_day", "window_days", "Booking opens at least one day ahead."),
    ("exception_ends_after_start", "ends_at", "It ends after it starts."),
    (
        "availability_never_overlaps",
        "starts",
        "This trainer has hours then on that weekday already.",
    ),
    (
        "availability_ends_after_start",
        "ends",
        "They end after they start; 00:00 is the end of the day.",
    ),
    (
        "availability_holds_some_day",
        "valid_until",
        "The last day is not before the first.",
    ),
    ("availability_weekday", "weekday", "A week has seven days."),
    ("service_lasts", "minutes", "A service lasts 5 to 600 minutes."),
    ("service_currency_known", "currency", money.UNKNOWN),
    ("service_buffers", "buffer_after_minutes", "A buffer is at most 240 minutes."),
    ("service_raster", "raster_minutes", "Appointments start every 5 to 240 minutes."),
):
    for_constraint(f"bookings_{name}", misfit(field, words))
