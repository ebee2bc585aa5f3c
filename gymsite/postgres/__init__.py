"""The database itself: which server, and how its statements are kept and read."""
