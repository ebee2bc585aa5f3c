from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Shop"

    def ready(self) -> None:
        from catalog import dependents, intents, notices, tasks
        from catalog.event_kinds import CatalogEvent
        from catalog.operations import checkout, rental_payments
        from catalog.roles import TABLE
        from gymsite.backoffice import roles
        from gymsite.core.event_kinds import CoreEvent
        from gymsite.notifications import outbox
        from gymsite.payments import operations as payments

        roles.declare(TABLE)
        dependents.register()
        intents.register()
        notices.register()
        payments.register(checkout.PURPOSE, checkout.OrderPurpose())
        payments.register(rental_payments.PURPOSE, rental_payments.RentalPurpose())
        payments.register(rental_payments.LATE, rental_payments.LateFeePurpose())
        outbox.on(CoreEvent.DEACTIVATED, tasks.end_of_account_later)
        outbox.on(CatalogEvent.RENTALUNIT_OFF, tasks.cancel_booked_later)
