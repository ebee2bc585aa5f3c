"""The site under attack: as gymsite.wsgi, but cards are paid at prove's provider."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from gymsite.ops.prove.till import Till  # noqa: E402
from gymsite.payments.gateways import GATEWAYS  # noqa: E402  the settings come first

GATEWAYS["card"] = Till()
