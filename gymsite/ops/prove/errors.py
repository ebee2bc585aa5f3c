class ProveError(Exception):
    """Nothing could be proved; the message says why."""


class Refused(ProveError):
    """It does not run here, and why."""
