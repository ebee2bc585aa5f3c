from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from bookings import (
            appointment_notices,
            dependents,
            intents,
            notices,
            tasks,
        )
        from bookings.event_kinds import USED_AGAIN, USED_NO_MORE, BookingEvent
        from bookings.operations import appointment_payments
        from bookings.roles import TABLE
        from gymsite.backoffice import roles
        from gymsite.core.event_kinds import CoreEvent
        from gymsite.notifications import outbox
        from gymsite.payments import operations as payments

        roles.declare(TABLE)
        payments.register(
            appointment_payments.PURPOSE, appointment_payments.AppointmentPurpose()
        )
        dependents.register()
        intents.register()
        notices.register()
        appointment_notices.register()
        outbox.on(BookingEvent.TIME_ZONE_CHANGED, tasks.move_later)
        outbox.on(CoreEvent.DEACTIVATED, tasks.release_later)
        for used_again in (*USED_AGAIN, CoreEvent.BRANCH_ON):
            outbox.on(used_again, tasks.extend_later)
        for ended in (*USED_NO_MORE, CoreEvent.BRANCH_OFF):
            outbox.on(ended, tasks.call_off_later)
