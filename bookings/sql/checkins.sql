-- name: claim_nonce
-- The id of a new check-in for this scan; no row when the scan has one. Two scans with
-- one nonce at once: the second waits here for the first, then finds its row.
-- parameters: nonce uuid, now timestamptz
INSERT INTO bookings_checkinnonce (nonce, checkin_id, at)
VALUES (%(nonce)s, nextval('bookings_checkin_id_seq'), %(now)s)
ON CONFLICT DO NOTHING
RETURNING checkin_id;
