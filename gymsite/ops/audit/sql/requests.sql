-- name: blind
-- For all checks of sampled requests: whether there is none.
SELECT 'no request of the last day was sampled; set GYMSITE_REQUEST_SAMPLE (100: one in'
       ' a hundred) and restart the site' AS reason
WHERE NOT EXISTS (
    SELECT
    FROM core_requestsample
    WHERE at > now() - interval '1 day' AND at <= now()
);
