"""Whether a connection has changed anything that stays.

That is a commit, or a statement that writes outside a transaction.
"""

import re
from collections import deque

WRITES = re.compile(
    r"\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+\s+(AS\s+\S+\s+)?SET|MERGE\s+INTO|CALL)\b",
    re.IGNORECASE,
)
MOST = 64  # statements that are remembered; more count as a write


class Written:
    """What a connection has committed, and its statements outside a transaction.

    Remembering is cheap and happens at every statement; reading happens when something
    failed.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.committed = False
        self.statements: deque[str] = deque(maxlen=MOST)

    @property
    def anything(self) -> bool:
        forgot = len(self.statements) == MOST
        return (
            self.committed
            or forgot
            or any(WRITES.search(str(sql)) for sql in self.statements)
        )
