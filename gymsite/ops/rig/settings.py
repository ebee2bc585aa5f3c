"""The product's settings with bare views, for the rig's own servers alone."""

from gymsite.settings import *  # noqa: F403

ROOT_URLCONF = "gymsite.ops.rig.urls"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
# the client says for each newcomer where they are at home
NINJA_NUM_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = 1
# whoever registers is there at once, whatever mail server the environment names
CONFIRM_ADDRESSES = False
