"""What booking says no with. The docstring is the title; details and remedies come with
the values, from rules.py."""

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
for_constraint(
    "bookings_room_holds_somebody", misfit("capacity", "A room holds at least one.")
)
for_constraint(
    "bookings_gymclass_holds_somebody",
    misfit("capacity", "A class has at least one place."),
)
for_constraint(
    "bookings_gymclass_lasts", misfit("minutes", "A class lasts 1 to 600 minutes.")
)
for_constraint("bookings_gymclass_weekday", misfit("weekday", "A week has seven days."))
for_constraint(
    "bookings_policy_opens_some_day",
    misfit("window_days", "Booking opens at least one day ahead."),
)
