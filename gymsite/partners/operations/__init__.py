"""Writes of partners, their sponsorships and their keys."""
