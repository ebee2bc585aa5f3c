"""Pages of classes and bookings."""
