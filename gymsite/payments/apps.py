from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "gymsite.payments"
    label = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from gymsite.core import outbox
        from gymsite.core.backoffice import roles

        from . import tasks
        from .event_kinds import PaymentEvent
        from .roles import TABLE

        roles.declare(TABLE)
        outbox.on(PaymentEvent.MONEY_RETURNED, tasks.return_money_later)
