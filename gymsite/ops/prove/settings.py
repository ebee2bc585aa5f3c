"""The site's settings, with one more address for what has none over HTTP (urls.py)."""

from gymsite.settings import *  # noqa: F403

ROOT_URLCONF = "gymsite.ops.prove.urls"
