"""The sweep of payments in a process of its own, which may be killed.

``python -m gymsite.ops.prove.sweeper NOW`` (an ISO 8601 instant) sweeps as if it were
then.
"""

import sys
from datetime import datetime

import django

django.setup()

from gymsite.ops.prove.till import Till, paying_with  # noqa: E402
from gymsite.payments.operations import sweep  # noqa: E402  the settings come first

if __name__ == "__main__":
    with paying_with(Till()):
        sweep(now=datetime.fromisoformat(sys.argv[1]))
