"""Reads of partners, their sponsorships and their keys."""
