"""Carts, orders, prices, reviews and rentals; the stock ledger and what is held."""

from gymsite.postgres.invariant import invariants_of
from gymsite.postgres.statements import read

INVARIANTS = invariants_of(read("catalog", "invariants"))
