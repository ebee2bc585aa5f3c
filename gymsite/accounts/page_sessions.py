"""The engine of page sessions: Django's, in a table that says whose each session is.

The owner is written together with the session, so no request costs an additional
statement.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from gymsite.core.models import PageSession
from gymsite.core.text import one_line

BEGAN = "began"
# where Django keeps how long a session is to last
GIVEN = "_session_expiry"
# of people who have not logged in: a passkey's question, a mailed code
A_VISIT = timedelta(hours=1)


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[PageSession]:
        return PageSession

    def load(self) -> dict[str, Any]:
        """Load as Django does, but read only the one column that a request needs."""
        now = timezone.now()
        found = PageSession.objects.filter(pk=self.session_key, expire_date__gt=now)
        for data in found.values_list("session_data", flat=True)[:1]:
            return self.decode(data)
        self._session_key = None
        return {}

    def create_model_instance(self, data: dict[str, Any]) -> PageSession:
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        if row.user_id is None and GIVEN not in data:
            row.expire_date = min(row.expire_date, timezone.now() + A_VISIT)
        if began := data.get(BEGAN):
            row.began_at, row.client = (
                datetime.fromisoformat(began["at"]),
                began["client"],
            )
        return row


def begin(session: SessionBase, *, client: str, now: datetime) -> None:
    """Note when a browser has logged in, and what it calls itself."""
    session[BEGAN] = {"at": now.isoformat(), "client": one_line(client)}
