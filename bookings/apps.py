from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from gymsite.core import outbox

        from . import dependents, intents, notices, tasks

        dependents.register()
        intents.register()
        notices.register()
        outbox.on("time_zone_changed", tasks.move_later)
        outbox.on("deactivated", tasks.release_later)
        for used_again in ("room_on", "trainer_on", "branch_on", "class_active"):
            outbox.on(used_again, tasks.extend_later)
        for ended in ("room_off", "trainer_off", "class_paused", "class_ended", "branch_off"):
            outbox.on(ended, tasks.call_off_later)
