from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg.pq import ConnStatus

from gymsite.postgres.backend.written import Written


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL's wrapper with a cheap health check and a record of what was written.

    CONN_HEALTH_CHECKS calls ``is_usable`` once per request. Django's own sends SELECT
    1, a sixth of a booking's time. A server that stopped or ended the session has
    closed its end of the socket, and libpq sees that without asking. After an error
    Django's own check runs.

    ``written`` knows whether anything was committed, for gymsite.core.rivals.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.written = Written()
        self.execute_wrappers.append(self._noted)

    def _noted(
        self, execute: Any, sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        if not self.in_atomic_block:
            self.written.statements.append(sql)
        return result

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # where COMMIT is sent, whoever asks for it
        self.written.committed = True

    def is_usable(self) -> bool:
        if self.errors_occurred or self.connection is None:
            return super().is_usable()
        connection = self.connection.pgconn
        try:
            connection.consume_input()  # the server's last message, if any
            connection.consume_input()  # and then the end of the stream
        except OperationalError:
            return False
        return connection.status == ConnStatus.OK
