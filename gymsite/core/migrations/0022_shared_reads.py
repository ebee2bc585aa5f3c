"""What several apps' statements read with their own: the page's header, and the version of names."""

from django.db import migrations

# Each is a table, STABLE and without a setting, so that it becomes a part of the statement that reads it
# (gymsite.core.functions); so it names the schema of its tables itself. Its body is a string: a parsed one would
# depend on its tables, which the seed exchanges.

# core_notification_unread answers the count from the index alone; nobody needs to know of more than 99.
PAGE_HEADER = """
CREATE FUNCTION core_page_header(reader bigint)
RETURNS TABLE (name varchar, hue smallint, currency varchar, unread bigint)
LANGUAGE sql STABLE AS $$
    SELECT brand.name, brand.hue, brand.currency, (
        SELECT count(*) FROM (
            SELECT 1 FROM public.core_notification n
            WHERE n.user_id = reader AND NOT n.is_read
            LIMIT 100
        ) unread
    )
    FROM (SELECT 1) one
    LEFT JOIN public.core_brand brand ON brand.id = 1
$$
"""

# Of some rows of core_dataversion together: another text whenever one of them is another, NULL before the first
# change of any.
VERSION = """
CREATE FUNCTION core_version(names text[])
RETURNS TABLE (version text)
LANGUAGE sql STABLE AS $$
    SELECT string_agg(v.value::text, ' ' ORDER BY v.name, v.value)
    FROM public.core_dataversion v
    WHERE v.name = ANY(names)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0021_branches_version")]

    operations = [
        migrations.RunSQL(PAGE_HEADER, "DROP FUNCTION core_page_header(bigint)"),
        migrations.RunSQL(VERSION, "DROP FUNCTION core_version(text[])"),
    ]
