"""What a process keeps of the shop: lists, product pages and cards, each under the
version of what it shows."""

from gymsite.web.fragments import MEGABYTE, Fragments

FRAGMENTS = Fragments("shop", most_bytes=8 * MEGABYTE)
