-- name: member_months
-- Members by month: accounts that were opened in it, members with a membership on its
-- last day (today, in the month that runs), and those who had one on the last day of
-- the month before and have none on this one's. One pass over the memberships of the
-- time; a member with a pack beside the base membership counts once.
-- parameters: branches bigint[], unplaced boolean, first date, last date, today date
-- indexes: memberships_by_month, core_user_joined
WITH months AS (
    SELECT month::date AS month,
           LEAST((month + interval '1 month')::date - 1, %(today)s::date) AS last_day
    FROM generate_series(
        %(first)s::date - interval '1 month', %(last)s::date, interval '1 month'
    ) month
), held AS (
    SELECT DISTINCT m.member_id, months.month
    FROM months
    JOIN memberships_membership m ON m.starts_on <= months.last_day
      AND (m.ends_on IS NULL OR m.ends_on >= months.last_day)
    WHERE m.branch_id = ANY(%(branches)s)
), seen AS (
    SELECT month,
           lead(month) OVER (PARTITION BY member_id ORDER BY month) AS next_month
    FROM held
), counted AS (
    SELECT month,
           count(*) AS active,
           count(*) FILTER (
               WHERE next_month IS DISTINCT FROM (month + interval '1 month')::date
           ) AS left_next
    FROM seen
    GROUP BY month
), opened AS (
    SELECT date_trunc(
               'month', u.date_joined AT TIME ZONE coalesce(b.time_zone, 'UTC')
           )::date AS month,
           count(*) AS joined
    FROM core_user u
    LEFT JOIN core_branch b ON b.id = u.home_branch_id
    WHERE u.role = 'member'
      AND u.date_joined >= %(first)s::date - interval '2 days'
      AND u.date_joined < %(last)s::date + interval '1 month 2 days'
      AND (u.home_branch_id = ANY(%(branches)s)
           OR %(unplaced)s AND u.home_branch_id IS NULL)
    GROUP BY 1
)
SELECT months.month,
       coalesce(opened.joined, 0) AS joined,
       coalesce(counted.active, 0) AS active,
       coalesce(before.left_next, 0) AS churned
FROM months
LEFT JOIN opened ON opened.month = months.month
LEFT JOIN counted ON counted.month = months.month
LEFT JOIN counted before ON before.month = (months.month - interval '1 month')::date
WHERE months.month >= %(first)s::date
ORDER BY months.month;
