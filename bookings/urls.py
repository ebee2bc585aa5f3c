from django.urls import path

from bookings.views import (
    appointments,
    availability,
    bookings,
    calendars,
    class_page,
    clients,
    kiosk,
    slot_booking,
    slots,
    timetable,
    trainers,
    training_appointments,
    training_calendars,
    training_moves,
    training_today,
    training_week,
)

SLOT = "appointments/book/<slug:branch>/<slug:service>/<slug:trainer>/<str:start>"

urlpatterns = [
    path("", timetable.timetable, name="timetable"),
    path("classes/<int:session_id>/", class_page.class_page, name="class-page"),
    path("classes/<int:session_id>/book/", class_page.book, name="book"),
    path("classes/<int:session_id>/join/", class_page.join, name="join"),
    path("classes/<int:session_id>/leave/", class_page.leave, name="leave"),
    path("bookings/", bookings.my_bookings, name="my-bookings"),
    path("bookings/past/", bookings.past_bookings, name="past-bookings"),
    path("bookings/<str:reference>/", bookings.booking_page, name="booking"),
    path("bookings/<str:reference>/cancel/", bookings.cancel, name="cancel"),
    path(
        "bookings/<str:reference>/calendar.ics",
        calendars.booking_calendar,
        name="booking-calendar",
    ),
    path("visits/", bookings.visits, name="visits"),
    path("calendar/", calendars.calendar, name="calendar"),
    path("calendar/reset/", calendars.reset, name="calendar-reset"),
    path("calendar/<str:token>.ics", calendars.calendar_feed, name="calendar-feed"),
    path("checkin-code/", kiosk.checkin_code, name="checkin-code"),
    path("kiosk/", kiosk.kiosk, name="kiosk"),
    path("kiosk/start/", kiosk.start, name="kiosk-start"),
    path("kiosk/end/", kiosk.end, name="kiosk-end"),
    path("kiosk/enter/", kiosk.enter, name="kiosk-enter"),
    path("kiosk/done/", kiosk.done, name="kiosk-done"),
    path("trainers/", slots.trainers, name="trainers"),
    path("trainers/photos/<slug:digest>.webp", slots.photo, name="trainer-photo"),
    path("trainers/<slug:slug>/", slots.trainer, name="trainer"),
    path("appointments/", slots.free_times, name="free-times"),
    path(f"{SLOT}/", slot_booking.slot, name="slot"),
    path(f"{SLOT}/book/", slot_booking.book_slot, name="book-slot"),
    path(
        "appointments/past/", appointments.past_appointments, name="past-appointments"
    ),
    path("appointments/<str:reference>/", appointments.appointment, name="appointment"),
    path(
        "appointments/<str:reference>/cancel/",
        appointments.cancel,
        name="cancel-appointment",
    ),
    path("appointments/<str:reference>/pay/", appointments.pay, name="pay-appointment"),
    path(
        "appointments/<str:reference>/move/", appointments.move, name="move-appointment"
    ),
    path(
        "appointments/<str:reference>/move/<str:start>/",
        appointments.move_to,
        name="move-to",
    ),
    path(
        "appointments/<str:reference>/calendar.ics",
        calendars.appointment_calendar,
        name="appointment-calendar",
    ),
    path("teaching/", training_today.training_today, name="teaching"),
    path("teaching/hours/", availability.hours, name="training-hours"),
    path("teaching/hours/add/", availability.add_hours, name="add-hours"),
    path("teaching/hours/block/", availability.block_now, name="block-now"),
    path("teaching/hours/away/", availability.add_away, name="add-away"),
    path(
        "teaching/hours/away/<int:exception_id>/remove/",
        availability.remove_away,
        name="remove-away",
    ),
    path(
        "teaching/hours/<int:hours_id>/", availability.change_hours, name="change-hours"
    ),
    path(
        "teaching/hours/<int:hours_id>/end/", availability.end_hours, name="end-hours"
    ),
    path("teaching/clients/", clients.clients, name="training-clients"),
    path("teaching/clients/<int:client_id>/", clients.client, name="training-client"),
    path(
        "teaching/clients/<int:client_id>/book/", clients.book, name="book-for-client"
    ),
    path("teaching/clients/<int:client_id>/note/", clients.add_note, name="add-note"),
    path(
        "teaching/clients/<int:client_id>/note/<int:note_id>/remove/",
        clients.remove_note,
        name="remove-note",
    ),
    path(
        "teaching/calendar/",
        training_calendars.training_calendar,
        name="training-calendar",
    ),
    path(
        "teaching/calendar/reset/",
        training_calendars.reset,
        name="training-calendar-reset",
    ),
    path(
        "teaching/calendar/<int:trainer_id>/<str:token>.ics",
        training_calendars.feed,
        name="training-feed",
    ),
    path("teaching/week/", training_week.training_week, name="training-week"),
    path(
        "teaching/appointments/<str:reference>/",
        training_appointments.training_appointment,
        name="training-appointment",
    ),
    path(
        "teaching/appointments/<str:reference>/mark/",
        training_appointments.mark_appointment,
        name="mark-appointment",
    ),
    path(
        "teaching/appointments/<str:reference>/move/",
        training_moves.training_move,
        name="training-move",
    ),
    path(
        "teaching/appointments/<str:reference>/move/<str:start>/",
        training_moves.training_move_to,
        name="training-move-to",
    ),
    path("teaching/<int:session_id>/", trainers.roster, name="roster"),
    path("teaching/<int:session_id>/mark/", trainers.mark, name="mark-roster"),
]
