"""Links to the pages of classes, bookings and check-ins."""

from gymsite.web.navigation import Link

TIMETABLE = Link("timetable", "Timetable", "calendar")
BOOKINGS = Link("bookings", "Bookings", "ticket", "my-bookings")
CODE = Link("checkin-code", "Check in", "qr")
VISITS = Link("visits", "My visits", "door")
CALENDAR = Link("calendar", "Calendar link", "calendar")
TRAINERS = Link("trainers", "Trainers", "people")
FREE_TIMES = Link("appointments", "Personal training", "clock", "free-times")
TEACHING = Link("teaching", "Teaching", "board")
KIOSK = Link("kiosk", "Kiosk", "door")

# of the back office
DESK = Link("desk", "Check in", "qr", "admin:bookings_checkin_desk")
SESSION_LIST = Link(
    "sessions", "Sessions", route="admin:bookings_classsession_changelist"
)
BOOKING_LIST = Link("bookings", "Bookings", route="admin:bookings_booking_changelist")
WAITLISTS = Link(
    "waitlists", "Waitlists", route="admin:bookings_waitlistentry_changelist"
)
CHECK_INS = Link("visits", "Visits", route="admin:bookings_checkin_changelist")
WHY = Link("why", "Why can’t I book?", route="admin:bookings_classsession_why")
