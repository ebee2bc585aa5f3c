"""What the database itself fails with."""


class ServerFailed(RuntimeError):
    """The embedded server can't be run here; the message says why and what to do."""
