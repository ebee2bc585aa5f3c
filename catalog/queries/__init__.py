"""What is read of products, carts, orders, rentals and stock."""
