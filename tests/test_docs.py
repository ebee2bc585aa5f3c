"""What the documents promise exists, and what exists is documented."""

import re
import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LONGEST_README = 150

# in pieces, so that this file does not hold what it looks for
REGISTRIES = [
    "py" + r"pi\.org",
    "python" + r"hosted\.org",
    "registry\\." + r"npm" + r"js\.org",
    "deb\\." + r"debian\.org",
    "docker" + r"\.io",
]
MACHINE_PATHS = [
    r"(?<![\w.])/" + name + "/"
    for name in ("work", "home/[a-z]+", "root", "Users", "tmp/[a-z]+")
]


@cache
def texts() -> dict[Path, str]:
    """Every committed text file but the vendored ones, by its path below the root."""
    # root may test somebody's checkout
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listing = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found = {}
    for name in filter(None, listing.split("\0")):
        try:
            found[Path(name)] = (ROOT / name).read_text()
        # a picture, or a file that is about to be removed
        except (UnicodeDecodeError, FileNotFoundError):
            continue
    return found


def documents() -> str:
    return "\n".join(text for path, text in texts().items() if path.suffix == ".md")


def targets() -> set[str]:
    return set(
        re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )


def hits(patterns: list[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if any(re.search(pattern, line) for pattern in patterns)
    ]


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) < LONGEST_README


def test_make_targets_and_readme_agree():
    named = set(
        re.findall(
            r"(?:^|[ `])make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE
        )
    )
    assert named == targets()


def test_make_help_lists_every_target():
    said = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^ +make ([a-z]+)", said, re.MULTILINE)) == targets()
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony[1].split()) == targets()


def test_every_command_of_ours_is_documented():
    ours = {
        path.stem
        for path in ROOT.glob("**/management/commands/[a-z]*.py")
        if ".venv" not in path.parts
    }
    assert ours
    assert {name for name in ours if f"manage.py {name}" not in documents()} == set()


def test_every_environment_variable_is_documented_and_every_documented_one_is_used():
    sources = "\n".join(
        text
        for path, text in texts().items()
        if (path.suffix == ".py" and path.parts[0] != "tests")
        or path.name == "Makefile"
    )
    used = set(re.findall(r"\bGYMSITE_[A-Z_]+\b", sources)) | {"DATABASE_URL", "PORT"}
    documented = set(
        re.findall(
            r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
        )
    )
    assert used == documented


def test_links_between_documents_lead_somewhere():
    broken = []
    for path, text in texts().items():
        if path.suffix == ".md":
            shown = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
            links = re.findall(r"\]\((?!https?:|#)([^)#]+)", shown)
            broken += [
                f"{path}: {link}"
                for link in links
                if not (ROOT / path.parent / link).exists()
            ]
    assert broken == []


def test_no_file_names_a_package_registrys_host():
    assert hits(REGISTRIES) == []


def test_no_file_holds_a_path_of_one_machine():
    assert hits(MACHINE_PATHS) == []
