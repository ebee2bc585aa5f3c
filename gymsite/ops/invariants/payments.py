"""Money, its ledger, and what it bought."""

from .invariant import Invariant

INVARIANTS = (
    Invariant(
        "ledger_matches_payments",
        "A paid payment has its amount in the ledger, less exactly what was returned of its order or of its rental's"
        " deposit, and something of it is left; a refunded one comes to nothing; no other has entries.",
        ("payments_payment", "payments_ledgerentry", "catalog_order", "catalog_rental"),
        """
        SELECT p.id, p.status, p.amount_minor, total FROM payments_payment p LEFT JOIN (
            SELECT payment_id, sum(amount_minor) AS total FROM payments_ledgerentry GROUP BY payment_id
        ) ledger ON ledger.payment_id = p.id
        LEFT JOIN (
            SELECT payment_id, refunded_minor AS returned FROM catalog_order WHERE refunded_minor > 0
            UNION ALL
            SELECT payment_id, greatest(deposit_minor - late_minor, 0) FROM catalog_rental
            WHERE status = 'returned' AND payment_id IS NOT NULL
        ) back ON back.payment_id = p.id
        WHERE CASE p.status
            WHEN 'paid' THEN total IS DISTINCT FROM p.amount_minor - coalesce(returned, 0) OR total <= 0
            WHEN 'refunded' THEN total IS DISTINCT FROM 0
            ELSE total IS NOT NULL END
        """,
    ),
    Invariant(
        "paid_payment_has_one_thing",
        "What was paid, refunded ones included, has bought exactly one order, rental, late fee or period.",
        ("payments_payment", "catalog_order", "catalog_rental", "memberships_billingperiod"),
        """
        SELECT p.id, p.purpose, count(thing.payment_id) FROM payments_payment p LEFT JOIN (
            SELECT payment_id FROM catalog_order
            UNION ALL SELECT payment_id FROM catalog_rental WHERE payment_id IS NOT NULL
            UNION ALL SELECT late_payment_id FROM catalog_rental WHERE late_payment_id IS NOT NULL
            UNION ALL SELECT payment_id FROM memberships_billingperiod WHERE payment_id IS NOT NULL
        ) thing ON thing.payment_id = p.id
        WHERE p.status IN ('paid', 'refunded') GROUP BY p.id, p.purpose HAVING count(thing.payment_id) <> 1
        """,
    ),
    Invariant(
        "thing_has_its_money",
        "What a member has is paid, or is to be paid: a rental that stands is not given back, one that ended waits for"
        " no payment of its fees, and no period's money goes back before it entered the ledger.",
        ("payments_payment", "catalog_rental", "memberships_billingperiod"),
        """
        SELECT 'rental' AS thing, r.id, r.status, p.status AS payment
        FROM catalog_rental r JOIN payments_payment p ON p.id = r.payment_id
        WHERE CASE WHEN r.status IN ('booked', 'out') THEN p.status NOT IN ('paid', 'pending')
            ELSE p.status = 'pending' END
        UNION ALL
        SELECT 'period', b.id, '', p.status
        FROM memberships_billingperiod b JOIN payments_payment p ON p.id = b.payment_id
        WHERE p.status IN ('returning', 'returned')
            OR (p.amount_minor, p.currency) <> (b.amount_minor, b.currency)
        """,
    ),
)
