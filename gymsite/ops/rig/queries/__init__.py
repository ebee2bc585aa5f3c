"""Queries that matter: caught, planned and timed, with their indexes and without."""
