"""A mail server for tests: real SMTP on a port of its own.

It keeps what it takes, and can be told to misbehave.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

# (how many were offered, to whom) -> an answer, "close", or None for yes
Reply = Callable[[int, str], str | None]


class MailServer:
    """A server with the mails that it took in ``received``.

    The standard library's present policy parses them.
    """

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.offered = 0
        self.connections = 0
        self.reply: Reply = lambda number, address: None

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list
    ) -> list:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list
    ) -> str:
        self.offered += 1
        answer = self.reply(self.offered, address)
        if answer == "close":
            server.transport.abort()
        elif answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.received.append(
            message_from_bytes(envelope.content, policy=policy.default)
        )
        return "250 OK"


@contextmanager
def mail_server(settings: Any) -> Iterator[MailServer]:
    """Run a mail server that the site's settings point at."""
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    try:
        yield server
    finally:
        controller.stop()
