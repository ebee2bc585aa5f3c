from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "gymsite.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from gymsite.accounts import allauth, notices
        from gymsite.accounts.roles import TABLE
        from gymsite.backoffice import roles

        roles.declare(TABLE)
        allauth.follow_second_factors()
        notices.register()
