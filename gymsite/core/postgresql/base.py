from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """CONN_HEALTH_CHECKS asks ``is_usable`` once a request. Django's own sends SELECT 1, a sixth of a booking's time.

    A server that stopped or ended the session has closed its end of the socket, and libpq sees that without asking.
    After an error the question is asked for real.
    """

    def is_usable(self) -> bool:
        if self.errors_occurred or self.connection is None:
            return super().is_usable()
        connection = self.connection.pgconn
        try:
            connection.consume_input()  # the server's last words, if it said any
            connection.consume_input()  # and then the end of the stream
        except OperationalError:
            return False
        return connection.status == ConnStatus.OK
