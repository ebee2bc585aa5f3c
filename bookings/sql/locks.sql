-- name: hold_trainer_time
-- The time of a trainer, alone, as the triggers of appointments take it
-- (models.occupancy has the numbers): what is judged then is so until the end.
-- parameters: trainer bigint
SELECT pg_advisory_xact_lock(7101, mod(%(trainer)s::bigint, 1024)::int) AS held;
