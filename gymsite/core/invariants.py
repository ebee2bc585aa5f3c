"""Log-ins of the API, kept answers, and what waits for its notices."""

from gymsite.postgres.invariant import invariants_of
from gymsite.postgres.statements import read

INVARIANTS = invariants_of(read("gymsite.core", "invariants"))
