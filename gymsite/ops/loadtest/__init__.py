"""Sends crowds of members at a running site (docs/loadtest.md)."""
