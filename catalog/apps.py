from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Shop"

    def ready(self) -> None:
        from gymsite.payments import operations as payments

        from . import notices
        from .operations import checkout, rentals

        notices.register()
        payments.register(checkout.PURPOSE, checkout.OrderPurpose())
        payments.register(rentals.PURPOSE, rentals.RentalPurpose())
        payments.register(rentals.LATE, rentals.LateFeePurpose())
