"""Money: payments, the ledger, gateways, and the one way to pay."""
