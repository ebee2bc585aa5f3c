from django.urls import path

from gymsite.notifications import mail_choices, views

urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_all, name="read-all"),
    path("notifications/<int:notification_id>/", views.read_one, name="read-one"),
    path("mail/off/<str:token>/", mail_choices.mail_off, name="mail-off"),
    path("profile/mail/", mail_choices.choose, name="mail-choices"),
]
