from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "gymsite.partners"
    label = "partners"
    verbose_name = "Partners"

    def ready(self) -> None:
        from gymsite.backoffice import roles
        from gymsite.partners import notices
        from gymsite.partners.roles import TABLE

        roles.declare(TABLE)
        notices.register()
