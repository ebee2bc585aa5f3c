"""The queries of core whose plans matter (gymsite.postgres.tuned_query)."""

from gymsite.core.models import User
from gymsite.core.pagination import keyset_page
from gymsite.core.queries import sessions, users
from gymsite.notifications import mail, outbox, queries
from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import SORTED_BY_INDEX, Reference, TunedQuery
from gymsite.web.page_header import read_page_header

SQL = statements("gymsite.accounts", "samples")


QUERIES = (
    TunedQuery(
        "unread-count",
        "How many messages are unread",
        SQL.reader,
        queries.unread_count,
        ("core_notification_unread",),
        index_only=("core_notification",),
    ),
    TunedQuery(
        "unread",
        "Unread messages, newest first",
        SQL.reader,
        queries.unread,
        ("core_notification_unread",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "notifications",
        "A page of somebody's messages, newest first",
        SQL.reader,
        lambda user_id: keyset_page(
            queries.recent(user_id), ("-id",), cursor=None, limit=50
        ),
        ("core_notification_recent",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "page-header",
        "What every page shows around its content: the brand and the unread badge",
        SQL.reader,
        read_page_header,
        ("core_notification_unread",),
        index_only=("core_notification",),
    ),
    TunedQuery(
        "session-by-token",
        "The API session of a token, with its user",
        "SELECT 'nobody''s' AS token, now() AS now",
        sessions.by_access_token,
        ("core_apisession_access_unique",),
    ),
    TunedQuery(
        "people-by-name",
        "The staff's search box: a first and a last name",
        SQL.name_begins,
        lambda text: users.find(User.objects.all(), text),
        ("core_user_search",),
    ),
    TunedQuery(
        "people-by-mail",
        "The staff's search box: a whole e-mail address",
        SQL.email,
        lambda text: users.find(User.objects.all(), text),
        ("core_user_email",),
    ),
    TunedQuery(
        "people-with-role",
        "All trainers that are in use, newest first",
        "SELECT 'trainer' AS role",
        lambda role: keyset_page(
            users.with_role(User.objects.all(), role, is_active=True),
            ("-id",),
            cursor=None,
            limit=50,
        ),
        ("core_user_role_active",),
        besides=("core_user_branch_role",),
        never=SORTED_BY_INDEX,
        reference=Reference(3, less=55),
    ),
    TunedQuery(
        "outbox",
        "The oldest events that nobody has acted on",
        "SELECT now() AS now",
        outbox.drain,
        ("core_outbox_pkey",),
        about='ORDER BY "core_outbox"',
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "mails-due",
        "The notices that are to be sent by e-mail, the longest waiting first",
        "SELECT now() AS now",
        lambda now: mail.send_due(limit=50, now=now),
        ("core_notification_mail_due",),
        never=SORTED_BY_INDEX,
    ),
)
