"""What the JSON API is made of."""
