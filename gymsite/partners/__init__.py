"""Employers who sponsor members: who acts for them, their API keys."""
