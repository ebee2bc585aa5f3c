"""The product's settings with the bench's two bare views added; only the bench's own server is started with them."""

from gymsite.settings import *  # noqa: F403

ROOT_URLCONF = "gymsite.ops.bench.urls"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
