-- name: page_header
-- What every page shows around its content. core_notification_unread answers the count
-- from the index alone; nobody needs to know of more than 99.
-- parameters: user bigint
-- indexes: core_notification_unread
SELECT name, hue, currency, unread
FROM core_page_header(%(user)s);
