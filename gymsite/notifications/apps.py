from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "gymsite.notifications"
    label = "notifications"
    verbose_name = "Notifications"
