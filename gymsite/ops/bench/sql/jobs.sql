-- name: times
-- Milliseconds from the commit that asked for each job to its end.
-- parameters: jobs bigint[]
SELECT 1000 * extract(epoch FROM ended.at - asked.at)::float8 AS milliseconds
FROM procrastinate_events asked
JOIN procrastinate_events ended USING (job_id)
WHERE asked.type = 'deferred'
  AND ended.type = 'succeeded'
  AND job_id = ANY (%(jobs)s);

-- name: is_done
-- Whether a job has succeeded.
-- parameters: job bigint
SELECT count(*) = 1 AS is_done
FROM procrastinate_jobs
WHERE id = %(job)s AND status = 'succeeded';
