from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "gymsite.payments"
    label = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from gymsite.core import outbox

        from . import tasks

        outbox.on("money_returned", tasks.return_money_later)
