"""A question whether the database answers, which never keeps its asker waiting.

The name server, the network, the server's start and the server itself may each hang,
some of them below any time-out of ours. So a thread of its own asks the question, over
a connection of its own, one at a time; the asker waits for an event, for as long as it
wants.
"""

import threading

from django.db import Error, connection

ITS_TIMEOUTS = "-c statement_timeout=1000 -c lock_timeout=1000"


class Look:
    """One look at the database; ``passed`` is valid once ``over`` is set."""

    def __init__(self) -> None:
        self.over, self.passed = threading.Event(), False
        threading.Thread(target=self._look, name="probe", daemon=True).start()

    def _look(self) -> None:
        own = connection.copy()
        own.settings_dict["OPTIONS"] = own.settings_dict["OPTIONS"] | {
            "connect_timeout": 2,
            "options": ITS_TIMEOUTS,
        }
        try:
            with own.cursor() as cursor:
                cursor.execute("SELECT 1")
            self.passed = True
        except Error:
            pass
        finally:
            self.over.set()
            own.close()


class Probe:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Look | None = None

    def passes(self, within: float) -> bool:
        """Whether the database answers ``within`` so many seconds.

        A look that still hangs serves the next askers too.
        """
        with self._lock:
            if self._last is None or self._last.over.is_set():
                self._last = Look()
            look = self._last
        return look.over.wait(within) and look.passed
