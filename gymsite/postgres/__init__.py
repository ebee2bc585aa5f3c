"""PostgreSQL itself: the embedded server, the connection, and the statements."""
