-- name: of_trainers
-- What stands with these trainers, of which each has one time to give.
-- parameters: trainers bigint[]
SELECT trainer_id AS trainer, client_id AS client, id
FROM bookings_appointment
WHERE trainer_id = ANY (%(trainers)s) AND cancelled_at IS NULL;

-- name: of_clients
-- What stands of these clients, each of whom has a pack.
-- parameters: clients bigint[]
SELECT client_id AS client, id
FROM bookings_appointment
WHERE client_id = ANY (%(clients)s) AND cancelled_at IS NULL;
