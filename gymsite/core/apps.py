from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "gymsite.core"
    label = "core"
    verbose_name = "People and branches"

    def ready(self) -> None:
        from . import accounts, notices
        from .backoffice import roles
        from .roles import TABLE

        roles.declare(TABLE)
        accounts.follow_second_factors()
        notices.register()
