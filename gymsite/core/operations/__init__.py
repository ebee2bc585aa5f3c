"""What changes people, branches and their sessions, each in a transaction of its
own."""
