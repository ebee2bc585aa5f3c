"""Keeping what answering took."""

from collections.abc import Sequence

from gymsite.core.models import RequestSample


def keep_samples(samples: Sequence[RequestSample]) -> None:
    """Write all of the samples in one statement."""
    RequestSample.objects.bulk_create(samples)
