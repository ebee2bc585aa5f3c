"""Fragments of the shop: lists, product pages and cards."""

from gymsite.web.fragments import MEGABYTE, Fragments

FRAGMENTS = Fragments("shop", most_bytes=8 * MEGABYTE)
