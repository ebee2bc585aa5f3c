"""Money and its ledger."""

from .invariant import Invariant

INVARIANTS = (
    Invariant(
        "ledger_matches_payments",
        "A paid payment has one charge of its amount, less what was returned of an order or of a rental's deposit; a"
        " refunded one is reversed in full; no other has entries.",
        ("payments_payment", "payments_ledgerentry", "catalog_order", "catalog_rental"),
        """
        SELECT p.id, p.status, p.amount_minor, total FROM payments_payment p LEFT JOIN (
            SELECT payment_id, sum(amount_minor) AS total, count(*) AS entries
            FROM payments_ledgerentry GROUP BY payment_id
        ) ledger ON ledger.payment_id = p.id
        LEFT JOIN (
            SELECT payment_id, refunded_minor AS returned FROM catalog_order WHERE refunded_minor > 0
            UNION ALL
            SELECT payment_id, greatest(deposit_minor - late_minor, 0) FROM catalog_rental
            WHERE status = 'returned' AND payment_id IS NOT NULL
        ) back ON back.payment_id = p.id
        WHERE CASE p.status
            WHEN 'paid' THEN total IS NULL OR total NOT IN (p.amount_minor, p.amount_minor - coalesce(returned, 0))
            WHEN 'refunded' THEN total IS NULL OR total <> 0
            ELSE total IS NOT NULL END
        """,
    ),
)
