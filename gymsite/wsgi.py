"""The WSGI entry point that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections

from gymsite.postgres import database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gymsite.settings")

database.limit_waits(connections.settings["default"], settings.REQUEST_WAITS)
application = get_wsgi_application()
