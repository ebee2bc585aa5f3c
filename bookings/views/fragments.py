"""Fragments of the timetable: session rows, class pages, and the page's furniture."""

from gymsite.web.fragments import MEGABYTE, Fragments

FRAGMENTS = Fragments("timetable", most_bytes=32 * MEGABYTE)
