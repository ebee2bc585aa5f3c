"""What joining refuses."""

from gymsite.core.errors import DomainError


class JoiningOver(DomainError):
    """This took too long, or is none of ours. Register again."""

    code = "joining_over"
