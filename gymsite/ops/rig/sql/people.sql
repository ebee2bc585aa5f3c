-- name: unlimited
-- Members who may book anything anywhere: every refusal would be our own mistake.
-- parameters: today date, count bigint
SELECT member.id
FROM core_user member
JOIN memberships_membership m
    ON m.member_id = member.id
    AND m.is_base
    AND m.status = 'active'
    AND m.starts_on <= %(today)s
    AND (m.ends_on IS NULL OR m.ends_on > %(today)s + 60)
    AND m.kind = 'unlimited'
    AND m.includes_classes
    AND m.only_branch_id IS NULL
WHERE member.role = 'member' AND member.is_active
ORDER BY hashint8(member.id)
LIMIT %(count)s;

-- name: pairs
-- One session for each member, none that overlaps what the member holds or waits for.
-- ``shift`` deals another hand.
-- parameters: members bigint[], sessions bigint[], shift int
WITH dealt AS (
    SELECT member,
           mod(n + %(shift)s, cardinality(%(sessions)s::bigint[])) + 1 AS place
    FROM unnest(%(members)s::bigint[]) WITH ORDINALITY AS people (member, n)
)
SELECT member, s.id AS session
FROM dealt
JOIN bookings_classsession s ON s.id = (%(sessions)s::bigint[])[place]
WHERE NOT EXISTS (
    SELECT
    FROM bookings_booking b
    WHERE b.member_id = member
      AND bookings_holds_place(b.status)
      AND b.starts_at < s.ends_at
      AND b.ends_at > s.starts_at
) AND NOT EXISTS (
    SELECT
    FROM bookings_waitlistentry w
    WHERE w.member_id = member
      AND w.status = 'waiting'
      AND w.starts_at < s.ends_at
      AND w.ends_at > s.starts_at
)
ORDER BY hashint8(member);

-- name: open_sessions
-- Sessions that can be booked now, one to thirteen days ahead.
-- parameters: now timestamptz, count bigint
SELECT id
FROM bookings_classsession
WHERE status = 'scheduled'
  AND waitlist_length = 0
  AND booked_count < capacity
  AND starts_at > %(now)s + interval '1 day'
  AND starts_at < %(now)s + interval '13 days'
ORDER BY hashint8(id)
LIMIT %(count)s;

-- name: promoting
-- Bookings whose cancelling promotes somebody: of a session that is full, with people
-- waiting, and early enough for a promotion.
-- parameters: now timestamptz, count bigint
SELECT b.member_id AS member, b.session_id AS session
FROM bookings_classsession s
JOIN LATERAL (
    SELECT member_id, session_id
    FROM bookings_booking
    WHERE session_id = s.id AND status = 'booked'
    LIMIT 1
) b ON true
WHERE s.status = 'scheduled'
  AND s.waitlist_length > 0
  AND s.booked_count = s.capacity
  AND s.starts_at > %(now)s + interval '1 day'
ORDER BY hashint8(s.id)
LIMIT %(count)s;

-- name: appointments
-- Appointments that can be moved for some time yet, one a client.
-- parameters: now timestamptz, count bigint
SELECT DISTINCT ON (hashint8(a.client_id), a.client_id)
       a.client_id AS client, a.reference
FROM bookings_appointment a
JOIN core_user u ON u.id = a.client_id
WHERE a.status IN ('booked', 'confirmed')
  AND a.free_until > %(now)s + interval '2 hours'
  AND u.is_active
ORDER BY hashint8(a.client_id), a.client_id, a.starts_at
LIMIT %(count)s;

-- name: shoppers
-- Members who have no cart open: each may begin one.
-- parameters: count bigint
SELECT id
FROM core_user
WHERE role = 'member'
  AND is_active
  AND NOT EXISTS (
      SELECT
      FROM catalog_cart c
      WHERE c.member_id = core_user.id AND c.status = 'open'
  )
ORDER BY hashint8(id)
LIMIT %(count)s;

-- name: unreviewed
-- What was bought and not reviewed.
-- parameters: count bigint
SELECT c.member_id AS member, i.product_id AS product
FROM catalog_cart c
JOIN catalog_cartitem i ON i.cart_id = c.id
WHERE c.status = 'ordered'
  AND EXISTS (SELECT FROM core_user u WHERE u.id = c.member_id AND u.is_active)
  AND NOT EXISTS (
      SELECT
      FROM catalog_review r
      WHERE (r.member_id, r.product_id) = (c.member_id, i.product_id)
  )
ORDER BY hashint8(c.id)
LIMIT %(count)s;

-- name: branch
-- Where rows of a tool's own belong.
SELECT id
FROM core_branch
WHERE is_active
ORDER BY id
LIMIT 1;

-- name: stock_up
-- So many more of each product lie in the store.
-- parameters: branch bigint, quantity int, products bigint[]
INSERT INTO catalog_stockentry (
    branch_id, product_id, kind, quantity, balance, reason, at
)
SELECT %(branch)s, product, 'stock_take', %(quantity)s, 0, 'bench', now()
FROM unnest(%(products)s::bigint[]) product
ORDER BY product;

-- name: leave_places
-- So many places of each session are free, whatever its room holds.
-- parameters: places int, sessions bigint[]
UPDATE bookings_classsession
SET capacity = booked_count + %(places)s
WHERE id = ANY (%(sessions)s);
