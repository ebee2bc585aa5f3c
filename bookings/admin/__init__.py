from . import member_acts, places, timetable, visits

__all__ = ["member_acts", "places", "timetable", "visits"]
