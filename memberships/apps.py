from django.apps import AppConfig


class MembershipsConfig(AppConfig):
    name = "memberships"

    def ready(self) -> None:
        from gymsite.backoffice import roles
        from gymsite.core.event_kinds import CoreEvent
        from gymsite.notifications import outbox
        from gymsite.payments import operations as payments
        from memberships import dependents, intents, notices, tasks
        from memberships.operations import memberships
        from memberships.roles import TABLE

        roles.declare(TABLE)
        dependents.register()
        intents.register()
        notices.register()
        payments.register(memberships.PURPOSE, memberships.MembershipPurpose())
        outbox.on(CoreEvent.DEACTIVATED, tasks.end_of_account_later)
