-- One session of 20 places that everybody wants.
TRUNCATE waitlist;
DELETE FROM booking WHERE session_id = 0;
DELETE FROM session WHERE id = 0;
INSERT INTO session (id, capacity) VALUES (0, 20);
