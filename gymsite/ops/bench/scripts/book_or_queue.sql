-- pgbench: a place of the hot session. It is full after its first moments, as a hot one
-- is: from then on everybody joins the waitlist.
\set member random(1, 9000000000000000000)
BEGIN;
WITH place AS (
    UPDATE session
    SET booked_count = booked_count + 1
    WHERE id = 0 AND booked_count < capacity
    RETURNING id
)
SELECT count(*) AS placed FROM place \gset
\if :placed
INSERT INTO booking (session_id, member_id, status, booked_at)
VALUES (0, :member, 'booked', now());
\else
UPDATE session
SET waitlist_last = waitlist_last + 1
WHERE id = 0
RETURNING waitlist_last \gset
INSERT INTO waitlist (session_id, member_id, position, joined_at)
VALUES (0, :member, :waitlist_last, now());
\endif
END;
