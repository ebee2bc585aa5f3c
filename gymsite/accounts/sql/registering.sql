-- name: numbers
-- What an INSERT would have taken, so that gaps tell nothing either.
SELECT nextval(pg_get_serial_sequence('core_user', 'id')) AS id,
       core_next_member_number() AS member_number;
