"""What each role may do with classes, bookings and check-ins
(gymsite.backoffice.roles)."""

TABLE = {
    "core.user": ("book checkin", "", ""),
    "core.branch": ("", "", "zone"),
    "bookings.room": ("view", "add change off on", ""),
    "bookings.trainer": ("view", "add change off on services photo", ""),
    "bookings.classtype": ("view", "", "add change"),
    "bookings.gymclass": ("view", "add change pause resume end", ""),
    "bookings.classsession": (
        "view book why",
        "change cancel capacity reschedule substitute",
        "",
    ),
    "bookings.booking": ("view cancel attended noshow booked", "", ""),
    "bookings.waitlistentry": ("view leave", "", ""),
    "bookings.bookingpolicy": ("view", "add", ""),
    "bookings.service": ("view", "add change everybody", ""),
    "bookings.availability": ("view", "add change", ""),
    "bookings.availabilityexception": ("view add remove", "", ""),
    "bookings.appointment": (
        "view add move take accept decline checkin complete noshow cancel",
        "refund giveback",
        "",
    ),
    "bookings.clientnote": ("", "view", ""),
    "bookings.checkin": ("view", "", ""),
    "bookings.checkinnonce": ("", "", "view"),
    "bookings.pinattempt": ("", "view", ""),
}
