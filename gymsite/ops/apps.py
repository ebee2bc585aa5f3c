from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "gymsite.ops"
    label = "ops"

    def ready(self) -> None:
        from gymsite.ops import notices

        notices.register()
