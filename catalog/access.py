"""What staff may do in the shop, and at which branch; roles.TABLE has the last word."""

from gymsite.core.errors import Forbidden
from gymsite.core.models import User


def check_may(viewer: User, verb: str) -> None:
    """Raise Forbidden unless the person's role may do this with purchase orders."""
    if not viewer.has_perm(f"catalog.{verb}_purchaseorder"):
        raise Forbidden(
            "This is for the staff who buy and receive goods.", remedy="Ask a manager."
        )


def own_branch(viewer: User) -> int | None:
    """The only branch whose purchase orders the person works on; None: all of them."""
    return None if viewer.sees_all_branches else viewer.home_branch_id or 0
