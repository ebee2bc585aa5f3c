-- name: age_keys
-- Clients without an answer ask again when what was under way has run out. Instead of
-- waiting, that is made older: the keys here, payments below.
UPDATE core_idempotencykey
SET created_at = created_at - interval '5 minutes'
WHERE status IS NULL;

-- name: age_payments
-- The same of payments.
UPDATE payments_payment
SET created_at = created_at - interval '5 minutes',
    look_up_at = look_up_at - interval '5 minutes'
WHERE look_up_at IS NOT NULL;
