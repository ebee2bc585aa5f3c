"""What answering took, of one request in many.

The table grows for ever, so it is partitioned by month (migration 0004).
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

SLOW_QUERY = 100  # ms


class RequestSample(models.Model):
    """One answered request.

    It names the view, not the address, so nothing in it is about a person.

    ``milliseconds`` is all of the request, ``database_milliseconds`` the part spent
    waiting for its ``queries``; ``hits`` and ``misses`` count what was found, or not,
    among the pages that the process keeps. ``longest_milliseconds`` is of the query that
    took longest; its text, with placeholders for the values, is kept where it took more
    than SLOW_QUERY. The database's key is (id, at), as in every
    partitioned table.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    endpoint = models.CharField(max_length=160)
    status = models.PositiveSmallIntegerField()
    milliseconds = models.FloatField()
    database_milliseconds = models.FloatField()
    queries = models.PositiveSmallIntegerField()
    hits = models.PositiveSmallIntegerField(default=0)
    misses = models.PositiveSmallIntegerField(default=0)
    longest_milliseconds = models.FloatField(db_default=0)
    slow_query = models.CharField(max_length=400, blank=True, db_default="")

    class Meta:
        # for the audit's last day: rows come in order of time, so a block range is
        # enough and costs next to nothing
        indexes = [
            BrinIndex(fields=["at"], pages_per_range=16, name="core_requestsample_at")
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} at {self.at}"
