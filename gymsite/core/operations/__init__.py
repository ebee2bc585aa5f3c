"""Changes to people, branches and their sessions, each in a transaction of its own."""
