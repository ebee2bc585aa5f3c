"""The look of every mail of the site: sender, headers, a text part and an HTML part."""

from email.utils import formataddr, make_msgid, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from gymsite.core.models import Brand, Notification
from gymsite.core.text import one_line
from gymsite.notifications.notice_kinds import Topic

SALT = "gymsite.mail.off"


def brand() -> Brand:
    """The brand whose mail it is; a new database has no row yet."""
    return Brand.objects.filter(pk=1).first() or Brand()


def notice_message(
    notice: Notification, topic: Topic | None, brand: Brand
) -> EmailMultiAlternatives:
    """The mail of a notice.

    It says what it is about, why it came, and how to stop mail of its kind.
    """
    off = off_address(notice.user_id, topic) if topic else ""
    headers = {"Message-ID": f"<notice-{notice.pk}@{domain()}>"}
    if off:
        headers |= {
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    context = {
        "brand": brand,
        "name": one_line(notice.user.first_name, 60),
        "title": notice.title,
        "body": notice.body,
        "link": f"{settings.SITE_URL}{notice.url}" if notice.url else "",
        "topic": topic,
        "off": off,
        "site": settings.SITE_URL,
    }
    return message(
        brand,
        to=notice.email_to or notice.user.email,
        subject=notice.title,
        text=render_to_string("mail/notice.txt", context),
        html=render_to_string("mail/notice.html", context),
        headers=headers,
    )


def message(
    brand: Brand,
    *,
    to: str,
    subject: str,
    text: str,
    html: str,
    headers: dict[str, str] | None = None,
) -> EmailMultiAlternatives:
    """A mail from the brand that says that a machine wrote it.

    Text from people is made safe for headers here.
    """
    made: dict[str, Any] = {
        "Auto-Submitted": "auto-generated",
        "Message-ID": make_msgid(domain=domain()),
    }
    made |= headers or {}
    mail = EmailMultiAlternatives(
        one_line(subject),
        text,
        sender(brand),
        [to],
        headers=made,
        reply_to=[brand.support_email] if brand.support_email else None,
    )
    mail.attach_alternative(html, "text/html")
    return mail


def sender(brand: Brand) -> str:
    """The brand's name and the setting's address: ``Northside <hello@gym.example>``."""
    return formataddr(
        (one_line(brand.name, 60), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    )


def off_address(user_id: int, topic: Topic) -> str:
    """The signed link that ends mail about a topic, for whoever holds the mail."""
    token = signing.dumps([user_id, topic.name], salt=SALT)
    return f"{settings.SITE_URL}{reverse('mail-off', args=[token])}"


def read_off(token: str) -> tuple[int, str]:
    """(user id, name of the topic) of such a link; raises signing.BadSignature."""
    user_id, topic = signing.loads(token, salt=SALT)
    return user_id, topic


def domain() -> str:
    """The site's own domain, for what must be unique in the world."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"
