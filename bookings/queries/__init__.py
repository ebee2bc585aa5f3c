"""What is read of classes and bookings."""
