"""Sessions, bookings, lines and visits, and the allowances that classes are charged
to."""

from gymsite.postgres.invariant import invariants_of
from gymsite.postgres.statements import read

INVARIANTS = invariants_of(read("bookings", "invariants"))
