"""Why a tool ends without figures; the message is for the person at the keyboard."""


class ToolError(Exception):
    """Nothing was found out, and why."""


class Refused(ToolError):
    """It does not run here, or not so."""


class UnexpectedAnswer(ToolError):
    """An answer with another status: nothing measured so is worth printing."""


class WrongResult(ToolError):
    """The database does not hold what the answers said."""


class ServerFailed(ToolError):
    """gunicorn did not come up; the message ends with its log."""
