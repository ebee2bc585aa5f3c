"""What changes products, carts, orders, rentals and stock."""
