"""What is recorded about sessions, places and visits, and what they are made of."""

from gymsite.core.event_kinds import EventKind


class BookingEvent(EventKind):
    BOOKED = "booked"
    PROMOTED = "promoted"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"
    CLASS_CALLED_OFF = "class_called_off"
    ATTENDANCE_MARKED = "attendance_marked"
    CHECKED_IN = "checked_in"
    KIOSK_ENDED = "kiosk_ended"

    JOINED_WAITLIST = "joined_waitlist"
    LEFT_WAITLIST = "left_waitlist"
    PASSED_OVER = "passed_over"
    PLACE_FREED = "place_freed"
    WAITLIST_DROPPED = "waitlist_dropped"
    WAITLIST_CLOSED = "waitlist_closed"
    WAITLIST_ENDED = "waitlist_ended"

    SESSION_CANCELLED = "session_cancelled"
    SESSION_MOVED = "session_moved"
    ROOM_CHANGED = "room_changed"
    CAPACITY_CHANGED = "capacity_changed"
    TRAINER_SUBSTITUTED = "trainer_substituted"
    TIME_ZONE_CHANGED = "time_zone_changed"

    APPOINTMENT_REQUESTED = "appointment_requested"
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_ACCEPTED = "appointment_accepted"
    APPOINTMENT_DECLINED = "appointment_declined"
    APPOINTMENT_CONFIRMED = "appointment_confirmed"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_CANCELLED_LATE = "appointment_cancelled_late"
    APPOINTMENT_REMINDED = "appointment_reminded"
    APPOINTMENT_CHECKED_IN = "appointment_checked_in"
    APPOINTMENT_COMPLETED = "appointment_completed"
    APPOINTMENT_MISSED = "appointment_missed"
    APPOINTMENT_REFUNDED = "appointment_refunded"
    APPOINTMENT_CREDITED = "appointment_credited"
    TRAINER_HOURS_CHANGED = "trainer_hours_changed"
    TRAINER_AWAY = "trainer_away"
    TRAINER_BACK = "trainer_back"
    TRAINER_PHOTO_CHANGED = "trainer_photo_changed"
    TRAINER_SERVICES_CHANGED = "trainer_services_changed"
    SERVICE_GIVEN_BY_ALL = "service_given_by_all"
    CLIENT_NOTED = "client_noted"
    CLIENT_NOTE_REMOVED = "client_note_removed"

    ROOM_ON = "room_on"
    ROOM_OFF = "room_off"
    TRAINER_ON = "trainer_on"
    TRAINER_OFF = "trainer_off"
    CLASS_ACTIVE = "class_active"
    CLASS_PAUSED = "class_paused"
    CLASS_ENDED = "class_ended"


# what sessions are made of
USED_AGAIN = (BookingEvent.ROOM_ON, BookingEvent.TRAINER_ON, BookingEvent.CLASS_ACTIVE)
USED_NO_MORE = (
    BookingEvent.ROOM_OFF,
    BookingEvent.TRAINER_OFF,
    BookingEvent.CLASS_PAUSED,
    BookingEvent.CLASS_ENDED,
)
