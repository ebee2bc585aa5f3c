"""One stylesheet, made of one file per component.

So a page asks for a single (hashed, compressed) CSS file. ``site.css`` = tokens, base,
every component by name, and the scale of brand hues. No build step: the finder below
writes it for ``collectstatic`` and for the development server whenever a source is
newer.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "site.css"
# degrees: a strict CSP forbids style="--hue: 152", so <html data-hue="150"> picks one
# of 72 rules
HUE_STEP = 5
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
GAP = re.compile(r"\s*\n\s*")


def sources(directory: Path) -> list[Path]:
    css = directory / "css"
    return [
        css / "tokens.css",
        css / "base.css",
        *sorted((css / "components").glob("*.css")),
    ]


def nearest_hue(hue: int) -> int:
    """Degrees of the rule that draws ``hue``."""
    return round(hue / HUE_STEP) * HUE_STEP % 360


def bundle(directory: Path) -> str:
    text = "\n".join(path.read_text() for path in sources(directory))
    hues = "".join(
        f':root[data-hue="{hue}"]{{--hue:{hue}}}' for hue in range(0, 360, HUE_STEP)
    )
    return GAP.sub("\n", COMMENT.sub("", text)).strip() + "\n" + hues + "\n"


class BundleFinder(BaseFinder):
    """Finds ``site.css``.

    It is made from the sources below the project's static directory.
    """

    def __init__(self, app_names: list[str] | None = None) -> None:
        self.directory = Path(settings.STATICFILES_DIRS[0])
        self.storage = FileSystemStorage(
            location=settings.HOME / "bundles", base_url=settings.STATIC_URL
        )

    def check(self, **kwargs) -> list:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs):  # type: ignore[override]  # one name for both kinds
        if path != NAME:
            return []
        self._write()
        return [self.storage.path(NAME)] if find_all else self.storage.path(NAME)

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        self._write()
        yield NAME, self.storage

    def _write(self) -> None:
        target = Path(self.storage.path(NAME))
        newest = max(
            path.stat().st_mtime for path in [*sources(self.directory), Path(__file__)]
        )
        if target.exists() and target.stat().st_mtime > newest:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".draft")
        draft.write_text(bundle(self.directory))
        draft.replace(target)
