"""The versions that cached pages are keyed by."""

from django.db import models


class DataVersion(models.Model):
    """A stamp that the keys of cached content carry.

    The very transaction that changes the content replaces its stamp. The stamp is a
    random number (triggers.stamp_anew), so that it never comes again. A name has one,
    or several after changes at the same moment; all of them together are its version.
    """

    name = models.CharField(max_length=40)
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
