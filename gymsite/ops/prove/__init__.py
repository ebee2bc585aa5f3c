"""Sends rivals at the booking, the shop and the money, and kills processes
(docs/prove.md)."""
