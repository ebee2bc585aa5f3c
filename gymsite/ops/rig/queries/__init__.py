"""Queries that matter: caught as the product sends them, planned and timed with their
indexes and without."""
