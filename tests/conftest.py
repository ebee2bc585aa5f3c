"""Starts the embedded PostgreSQL for the tests unless DATABASE_URL names another."""

from gymsite.core import database

database.ensure_running()
