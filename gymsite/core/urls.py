from django.urls import path

from gymsite.core import brand_pages, joining, mail_choices, session_pages, views

urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_all, name="read-all"),
    path("notifications/<int:notification_id>/", views.read_one, name="read-one"),
    path("mail/off/<str:token>/", mail_choices.mail_off, name="mail-off"),
    path("profile/mail/", mail_choices.choose, name="mail-choices"),
    path("profile/", views.profile, name="profile"),
    path("profile/pin/", views.pin, name="pin"),
    path("profile/username/", views.username, name="username"),
    path("account/signup/code/", joining.join_code, name="join-code"),
    # before the log-in library's own
    path("account/email/", views.email, name="account_email"),
    path("profile/sessions/", session_pages.sessions, name="sessions"),
    path("profile/sessions/end/", session_pages.end, name="end-session"),
    path(
        "profile/sessions/end-others/",
        session_pages.end_others,
        name="end-other-sessions",
    ),
    path("profile/theme/", views.theme, name="theme"),
    path("contact/", brand_pages.contact, name="contact"),
    path("branches/<slug:slug>/", brand_pages.branch, name="branch"),
    path("terms/", brand_pages.text_page("terms", "Terms"), name="terms"),
    path("privacy/", brand_pages.text_page("privacy", "Privacy"), name="privacy"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
