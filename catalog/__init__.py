"""The shop: products, stock, carts, orders, rentals and purchasing."""
