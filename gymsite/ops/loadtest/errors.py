from gymsite.ops.rig.errors import Refused, ToolError


class LocustMissing(ToolError):
    """The site does not need Locust; the message says how to add it."""

    def __str__(self) -> str:
        return (
            "Locust is not installed. The site does not need it, so requirements.lock "
            "leaves it out; `make test` brings it with all else that tests need. "
            "Alone: python -m pip install 'locust~=2.47'"
        )


class WrongServer(Refused):
    """The server at the given address can't be tested from here, and why."""


class SwarmFailed(ToolError):
    """Locust ended early; the message ends with what it wrote."""
