"""docs/invariants.md names every constraint of the models.

It also says truly what becomes of each.
"""

import re

from gymsite.core import errors
from tests.constraints import APPS, named

ROW = re.compile(
    r"^\| `([a-z0-9_]+)` \| (.+) \| (?:`([a-z_]+)`|\*(.+)\*) \|$", re.MULTILINE
)


def rows(project):
    """{constraint: code of the refusal, or None where nobody can meet it}."""
    return {
        name: code or None
        for name, _, code, _ in ROW.findall(
            (project / "docs/invariants.md").read_text()
        )
    }


def test_every_constraint_is_on_the_page_and_nothing_else(project):
    assert set(rows(project)) == named(*APPS)


def test_what_people_can_meet_becomes_the_refusal_that_the_page_says(project):
    mapped = {
        name: errors._BY_CONSTRAINT[name].code
        for name in named(*APPS) & errors.known_constraints()
    }
    assert {name: code for name, code in rows(project).items() if code} == mapped


def test_nothing_is_mapped_that_does_not_exist():
    beside = {"core_user_username_key"}  # AbstractUser's own unique column
    assert errors.known_constraints() - beside <= named(*APPS)
