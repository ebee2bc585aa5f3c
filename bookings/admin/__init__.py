from . import branch_acts, member_acts, places, timetable, visits

__all__ = ["branch_acts", "member_acts", "places", "timetable", "visits"]
