from django.apps import AppConfig


class MembershipsConfig(AppConfig):
    name = "memberships"

    def ready(self) -> None:
        from gymsite.core import outbox

        from . import notices, tasks

        notices.register()
        outbox.on("money_returned", tasks.return_money_later)
