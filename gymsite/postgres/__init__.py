"""PostgreSQL itself: the embedded server, the connection, what is asked of it."""
