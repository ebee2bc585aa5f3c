-- name: join_waitlist
-- Takes the next position in one statement, as claim_place takes a place: the session
-- is held from its newest version until this commits, so positions have no gap and
-- follow the order of commits. Who joins is last, so their rank is the length of the
-- line. The trigger takes_position gives the position; the allowance's CHECK has the
-- last word on the class that is reserved.
-- parameters: session bigint, starts_at timestamptz, member bigint, membership bigint
-- parameters: day date, allowance bigint, now timestamptz, kind text, actor bigint
WITH line AS (
    SELECT id, branch_id, starts_at, ends_at, waitlist_length + 1 AS length
    FROM bookings_classsession
    WHERE id = %(session)s AND status = 'scheduled' AND booked_count >= capacity
      AND starts_at = %(starts_at)s
    FOR NO KEY UPDATE
), account AS (
    SELECT id
    FROM core_user
    WHERE id = %(member)s AND is_active AND EXISTS (SELECT FROM line)
    FOR KEY SHARE
), paying AS (
    SELECT id
    FROM memberships_membership
    WHERE id = %(membership)s AND status = 'active'
      AND starts_on <= %(day)s AND (ends_on IS NULL OR ends_on >= %(day)s)
      AND EXISTS (SELECT FROM account)
    FOR SHARE
), entry AS (
    INSERT INTO bookings_waitlistentry (
        branch_id, session_id, member_id, membership_id, allowance_id, position, status,
        starts_at, ends_at, joined_at
    )
    SELECT branch_id, id, %(member)s, %(membership)s, %(allowance)s::bigint, 0,
           'waiting', starts_at, ends_at, %(now)s
    FROM line, (SELECT FROM paying) stands
    RETURNING id, branch_id, session_id, member_id, position, ends_at
), charge AS (
    UPDATE memberships_allowance SET used = used + 1
    WHERE id = %(allowance)s::bigint AND EXISTS (SELECT FROM entry)
), event AS (
    INSERT INTO core_event (
        kind, at, branch_id, actor_id, member_id, subject, subject_id, data
    )
    SELECT %(kind)s, %(now)s, branch_id, %(actor)s::bigint, member_id, 'waitlistentry',
           id, jsonb_build_object('session', session_id, 'position', position)
    FROM entry
)
SELECT entry.id, entry.branch_id, entry.position, entry.ends_at, line.length
FROM entry, line;

-- name: standing
-- A session's line and one member's turn in it. The length is the session's own
-- counter; who waits before somebody is counted in bookings_waitlist_head.
-- parameters: session bigint, member bigint
-- indexes: bookings_waitlistentry_one_active, bookings_waitlist_head
SELECT s.waitlist_length AS length,
       CASE WHEN own.id IS NOT NULL THEN (
           SELECT count(*)
           FROM bookings_waitlistentry e
           WHERE e.session_id = s.id AND e.status = 'waiting'
             AND e.position <= own.position
       ) END AS position,
       s.branch_id,
       s.time_zone,
       trainer.user_id AS trainer_user_id
FROM bookings_classsession s
JOIN bookings_trainer trainer ON trainer.id = s.trainer_id
LEFT JOIN bookings_waitlistentry own
    ON own.session_id = s.id AND own.member_id = %(member)s AND own.status = 'waiting'
WHERE s.id = %(session)s;
