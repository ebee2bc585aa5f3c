"""Fragments of memberships: first pages of the plans on sale, as the API sends them.

Reading and writing 50 plans anew would cost four times as much as the kept bytes.
"""

from gymsite.web.fragments import MEGABYTE, Fragments

VERSIONS = ("plans", "branches")
FRAGMENTS = Fragments("plans", most_bytes=MEGABYTE)
