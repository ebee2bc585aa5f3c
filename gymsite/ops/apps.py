from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "gymsite.ops"
    label = "ops"
