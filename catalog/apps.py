from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Shop"

    def ready(self) -> None:
        from gymsite.core import outbox
        from gymsite.core.backoffice import roles
        from gymsite.core.event_kinds import CoreEvent
        from gymsite.payments import operations as payments

        from . import dependents, intents, notices, tasks
        from .event_kinds import CatalogEvent
        from .operations import checkout, rentals
        from .roles import TABLE

        roles.declare(TABLE)
        dependents.register()
        intents.register()
        notices.register()
        payments.register(checkout.PURPOSE, checkout.OrderPurpose())
        payments.register(rentals.PURPOSE, rentals.RentalPurpose())
        payments.register(rentals.LATE, rentals.LateFeePurpose())
        outbox.on(CoreEvent.DEACTIVATED, tasks.end_of_account_later)
        outbox.on(CatalogEvent.RENTALUNIT_OFF, tasks.cancel_booked_later)
