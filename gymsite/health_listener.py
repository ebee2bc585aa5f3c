"""An address for load balancers whose answer needs no free worker.

All workers may hang at once, on a row that somebody holds or a database that is silent,
and new requests then queue behind them. So gunicorn binds a second address
(GYMSITE_HEALTH_BIND) and a thread of each worker answers there; any worker takes any
request.
"""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket

from gymsite.health import Health, alive, ready

ANSWERS: dict[str, Callable[[], Health]] = {"/healthz": alive, "/readyz": ready}
LOOK = 0.5  # seconds between two checks whether the worker is to end


class Handler(BaseHTTPRequestHandler):
    timeout = 1.0  # seconds that a request may take to arrive

    def do_GET(self) -> None:
        answer = ANSWERS.get(self.path.partition("?")[0])
        status, said = answer() if answer else (404, "not here\n")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said.encode())

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Log nothing: a question every few seconds is no news."""


class Server(ThreadingHTTPServer):
    def __init__(self, listener: socket) -> None:
        super().__init__(("", 0), Handler, bind_and_activate=False)
        self.socket.close()
        listener.settimeout(LOOK)  # else it would check without a pause
        self.socket = listener

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore an error: a client may hang up at any moment."""


def answer_on(listener: socket, is_wanted: Callable[[], bool]) -> None:
    """Answer in a thread on a bound socket, which the workers share.

    A worker that is asked to end leaves the socket to the others.
    """

    def answer() -> None:
        with Server(listener) as server:
            while is_wanted():
                server.handle_request()

    threading.Thread(target=answer, name="health", daemon=True).start()
