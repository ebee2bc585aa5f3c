"""What memberships allow."""

from gymsite.postgres.invariant import invariants_of
from gymsite.postgres.statements import read

INVARIANTS = invariants_of(read("memberships", "invariants"))
