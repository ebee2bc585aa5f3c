-- name: forget_jobs
-- Jobs that ended long ago, some at a time. Their events, over a million a year, go
-- with them.
-- parameters: before timestamptz, batch bigint
DELETE FROM procrastinate_jobs
WHERE id = ANY (ARRAY(
    SELECT id
    FROM procrastinate_jobs j
    WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted')
      AND NOT EXISTS (
          SELECT
          FROM procrastinate_events e
          WHERE e.job_id = j.id AND e.at >= %(before)s
      )
    ORDER BY id
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
));
