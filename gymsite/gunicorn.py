"""How gunicorn serves the site: ``gunicorn -c python:gymsite.gunicorn gymsite.wsgi``.

Behind a buffering proxy (GYMSITE_PROXIES says how many) two sync workers answer most
requests per second on two cores. Without one, a slow client would hold a whole sync
worker, so threads serve; keep-alive is off then, because idle connections pinned to one
worker leave the other without work.
"""

import gc
import os
from pathlib import Path
from typing import Any

from gunicorn.util import parse_address

from gymsite.health_listener import answer_on

behind_proxy = int(os.environ.get("GYMSITE_PROXIES", "0")) > 0

site = os.environ.get("GYMSITE_BIND") or f"127.0.0.1:{os.environ.get('PORT', '8000')}"
# an address of its own for load balancers, however busy the site's workers are
health = os.environ.get("GYMSITE_HEALTH_BIND", "")
bind = [site, health] if health else [site]
workers = int(os.environ.get("GYMSITE_WORKERS", "2"))
worker_class = "sync" if behind_proxy else "gthread"
threads = 1 if behind_proxy else 4
keepalive = 0
# the workers share the memory of what was loaded before the fork
preload_app = True
graceful_timeout = 8
# of a sync worker: longer than any wait for the database (GYMSITE_STATEMENT_TIMEOUT)
timeout = 30
# nginx in docs/deploy.md lets nothing longer through
limit_request_line, limit_request_field_size, limit_request_fields = 4094, 8190, 100
loglevel = os.environ.get("GYMSITE_LOG_LEVEL", "WARNING").lower()
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  heartbeats that never wait for a disk
control_socket_disable = True


def pre_fork(server: object, worker: object) -> None:
    """Exempt what was loaded from garbage collection before a worker forks.

    No collection then looks through it again, so its memory stays shared.
    """
    gc.freeze()


def post_fork(server: object, worker: Any) -> None:
    """Take the load balancers' address from the worker and give it to the thread."""
    own = parse_address(health) if health else None
    if own not in worker.cfg.address:  # the command line binds others
        return
    at = worker.cfg.address.index(own)
    listener = worker.sockets[at]
    worker.sockets = [*worker.sockets[:at], *worker.sockets[at + 1 :]]
    answer_on(listener, lambda: worker.alive)
