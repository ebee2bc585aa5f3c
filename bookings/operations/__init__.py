"""What changes classes and bookings: lock, judge, write, record."""
