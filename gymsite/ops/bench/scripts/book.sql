-- pgbench: a place of one of 2,000 sessions.
\set session random(1, 2000)
\set member random(1, 9000000000000000000)
BEGIN;
UPDATE session
SET booked_count = booked_count + 1
WHERE id = :session AND booked_count < capacity;
INSERT INTO booking (session_id, member_id, status, booked_at)
VALUES (:session, :member, 'booked', now());
END;
