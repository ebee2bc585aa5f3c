"""Staff at work on a Friday noon, for the tests of their pages."""

import re
from datetime import UTC, datetime

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
MONDAY_10 = datetime(2026, 11, 30, 10, tzinfo=UTC)
ADMIN = "/admin/bookings"


def act(client, page, **data):
    """Open an action's page and confirm it as shown."""
    shown = client.get(page).content.decode()
    if found := re.search(r'name="seen" value="(\w+)"', shown):
        data.setdefault("seen", found[1])
    return client.post(page, data, follow=True)


def text(answer):
    return answer.content.decode()
