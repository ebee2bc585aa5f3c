from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "gymsite.core"
    label = "core"
    verbose_name = "People and branches"

    def ready(self) -> None:
        from . import accounts, notices

        accounts.follow_second_factors()
        notices.register()
