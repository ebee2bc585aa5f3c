class BenchError(Exception):
    """The bench ends without figures; the message says why."""


class Refused(BenchError):
    """The bench does not run here, and why."""


class UnexpectedAnswer(BenchError):
    """An answer with a status that the row does not expect: nothing measured so is worth printing."""


class WrongResult(BenchError):
    """The database does not hold what the answers said."""


class ServerFailed(BenchError):
    """gunicorn did not come up; the message ends with its log."""
