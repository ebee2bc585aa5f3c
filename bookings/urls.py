from django.urls import path

from bookings.views import bookings, calendars, class_page, kiosk, timetable, trainers

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
    path("trainers/", trainers.trainers, name="trainers"),
    path("trainers/<slug:slug>/", trainers.trainer, name="trainer"),
    path("teaching/", trainers.teaching, name="teaching"),
    path("teaching/<int:session_id>/", trainers.roster, name="roster"),
    path("teaching/<int:session_id>/mark/", trainers.mark, name="mark-roster"),
]
