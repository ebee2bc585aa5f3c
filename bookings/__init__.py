"""Classes: the timetable, bookings, waitlists, check-ins, trainers and rooms."""
