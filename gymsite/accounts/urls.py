from django.urls import path

from gymsite.accounts import joining, session_pages, views

urlpatterns = [
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
]
