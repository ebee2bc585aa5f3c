from django.apps import AppConfig


class MembershipsConfig(AppConfig):
    name = "memberships"

    def ready(self) -> None:
        from gymsite.payments import operations as payments

        from . import notices
        from .operations import memberships

        notices.register()
        payments.register(memberships.PURPOSE, memberships.MembershipPurpose())
