-- name: takings
-- What the ledger took in on some days of each branch's own calendar: by day, branch,
-- trainer (of an appointment that was paid), what it was for, and currency. What is not
-- asked for is NULL, so one statement sums up by any of them, and payments are read
-- only where one sum depends on them.
-- parameters: branches bigint[], first date, last date, by_day boolean
-- parameters: by_branch boolean, by_trainer boolean, by_kind boolean
-- indexes: payments_ledgerentry_time, bookings_appointment_payment_id_key
SELECT CASE WHEN %(by_day)s THEN (e.at AT TIME ZONE b.time_zone)::date END AS day,
       CASE WHEN %(by_branch)s THEN b.id END AS branch_id,
       CASE WHEN %(by_branch)s THEN b.name END AS branch,
       CASE WHEN %(by_trainer)s THEN t.id END AS trainer_id,
       CASE WHEN %(by_trainer)s THEN t.name END AS trainer,
       CASE WHEN %(by_kind)s THEN p.purpose END AS kind,
       e.currency,
       coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'charge'), 0)::bigint
           AS charged_minor,
       coalesce(-sum(e.amount_minor) FILTER (WHERE e.kind = 'refund'), 0)::bigint
           AS returned_minor,
       count(*) AS entries
FROM core_branch b
JOIN payments_ledgerentry e ON e.branch_id = b.id
  AND e.at >= %(first)s::timestamp AT TIME ZONE b.time_zone
  AND e.at < (%(last)s::date + 1)::timestamp AT TIME ZONE b.time_zone
LEFT JOIN payments_payment p ON p.id = e.payment_id
  AND (%(by_trainer)s OR %(by_kind)s)
LEFT JOIN bookings_appointment a ON a.payment_id = p.id AND p.purpose = 'appointment'
  AND %(by_trainer)s
LEFT JOIN bookings_trainer t ON t.id = a.trainer_id
WHERE b.id = ANY(%(branches)s)
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 1, 3, 2, 5, 4, 6, 7;
