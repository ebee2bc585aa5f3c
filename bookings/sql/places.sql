-- name: claim_place
-- Takes a place in one statement, so that the row everybody wants is held no longer
-- than that. The lock reads the session's newest version and lets through only who
-- still finds a place at the time that was judged, with an account and a membership
-- that stand by now. ON CONFLICT makes two overlapping bookings of one member at once a
-- plain "no row" where they would deadlock on the exclusion constraint. The trigger
-- counts_places moves booked_count; its CHECK and those of the allowance have the last
-- word.
--
-- What a claim depends on besides the session, account and paying, is held and looked
-- at once more when the session is held: in place of the versions that the statement
-- began with, a row that is locked is its newest. Closing an account takes FOR UPDATE,
-- a log-in less: only the former waits for FOR KEY SHARE and is waited for.
-- parameters: session bigint, starts_at timestamptz, member bigint, membership bigint
-- parameters: day date, reference text, allowance bigint, charged bigint, policy bigint
-- parameters: source text, now timestamptz, free_until timestamptz, kind text
-- parameters: actor bigint, data text
WITH place AS (
    SELECT id, branch_id, starts_at, ends_at
    FROM bookings_classsession
    WHERE id = %(session)s AND status = 'scheduled' AND booked_count < capacity
      AND starts_at = %(starts_at)s
    FOR NO KEY UPDATE
), account AS (
    SELECT id
    FROM core_user
    WHERE id = %(member)s AND is_active AND EXISTS (SELECT FROM place)
    FOR KEY SHARE
), paying AS (
    SELECT id
    FROM memberships_membership
    WHERE id = %(membership)s AND status = 'active'
      AND starts_on <= %(day)s AND (ends_on IS NULL OR ends_on >= %(day)s)
      AND EXISTS (SELECT FROM account)
    FOR SHARE
), booking AS (
    INSERT INTO bookings_booking (
        reference, branch_id, session_id, member_id, membership_id, allowance_id,
        policy_id, status, source, starts_at, ends_at, booked_at, free_until
    )
    SELECT %(reference)s, branch_id, place.id, %(member)s, %(membership)s,
           %(allowance)s::bigint, %(policy)s, 'booked', %(source)s, starts_at, ends_at,
           %(now)s, %(free_until)s
    FROM place, (SELECT FROM paying) stands
    ON CONFLICT DO NOTHING
    RETURNING id, reference, branch_id, session_id, member_id, starts_at, ends_at
), charge AS (
    UPDATE memberships_allowance SET used = used + 1
    WHERE id = %(charged)s::bigint AND EXISTS (SELECT FROM booking)
), event AS (
    INSERT INTO core_event (
        kind, at, branch_id, actor_id, member_id, subject, subject_id, data
    )
    SELECT %(kind)s, %(now)s, branch_id, %(actor)s::bigint, member_id, 'booking', id,
           jsonb_build_object('session', session_id, 'reference', reference)
               || %(data)s::jsonb
    FROM booking
)
SELECT id, branch_id, ends_at FROM booking;
