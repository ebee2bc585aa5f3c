"""Links in a cell of an admin page."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString


def link_line(*pairs: tuple[str, str], after: str = "") -> SafeString:
    """Each (address, words) as a link, on one line that begins with ``after``."""
    return render_to_string("admin/_links.html", {"links": pairs, "after": after})
