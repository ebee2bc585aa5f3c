from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from gymsite.core import outbox

        from . import notices, tasks

        notices.register()
        outbox.on("time_zone_changed", tasks.move_later)
        outbox.on("deactivated", tasks.release_later)
