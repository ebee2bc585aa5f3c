"""Fills an empty database with a believable brand by COPY (docs/seed.md)."""
