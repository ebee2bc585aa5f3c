"""Sends rivals at booking, shop and money, and kills processes (docs/prove.md)."""
