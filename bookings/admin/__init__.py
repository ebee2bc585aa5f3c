from . import bookings, branch_actions, checkins, member_actions, sessions

__all__ = ["bookings", "branch_actions", "checkins", "member_actions", "sessions"]
