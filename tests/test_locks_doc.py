"""docs/locks.md says of every job what it takes, and which others it runs beside."""

import re

from procrastinate.contrib.django import app

from gymsite.core.batches import BY_THE_CLOCK


def ours():
    """{name: task} of our own jobs, without procrastinate's."""
    return {
        name: task
        for name, task in app.tasks.items()
        if not name.startswith(("builtin:", "procrastinate."))
    }


def listed(project):
    """{job: the cells of its line}.

    They say beside which jobs it runs, for each of what, and what it takes.
    """
    text = (project / "docs/locks.md").read_text()
    section = text.split("\n## Jobs\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*) \|$", section, flags=re.MULTILINE)
    return {
        name: cells
        for names, *cells in (row.split(" | ") for row in rows)
        for name in re.findall(r"`([a-z_.]+)`", names)
    }


def test_every_job_stands_there(project):
    assert sorted(listed(project)) == sorted(ours())
    assert len(ours()) > 15


def test_each_is_said_to_run_beside_what_it_runs_beside(project):
    said = {None: "any number", BY_THE_CLOCK: f"`{BY_THE_CLOCK}`"}
    for name, cells in listed(project).items():
        lock = ours()[name].lock
        assert cells[0] == ("its own" if lock == name else said[lock]), name
        assert all(cells), name
