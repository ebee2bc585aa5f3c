from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "gymsite.payments"
    label = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from gymsite.backoffice import roles
        from gymsite.notifications import outbox
        from gymsite.payments import tasks
        from gymsite.payments.event_kinds import PaymentEvent
        from gymsite.payments.roles import TABLE

        roles.declare(TABLE)
        outbox.on(PaymentEvent.MONEY_RETURNED, tasks.return_money_later)
