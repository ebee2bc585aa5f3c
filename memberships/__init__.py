"""Plans, memberships, and what a member may pay a class with."""
