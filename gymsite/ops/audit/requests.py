"""What the checks of sampled requests have in common: whether there are any."""

BLIND = """
SELECT 'no request of the last day was sampled; set GYMSITE_REQUEST_SAMPLE (100: one in a hundred) and restart the site'
    AS reason
WHERE NOT EXISTS (SELECT FROM core_requestsample WHERE at > now() - interval '1 day' AND at <= now())
"""
