from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Shop"

    def ready(self) -> None:
        from . import notices

        notices.register()
