"""docs/audit.md's upkeep as it stands there, on a database that was just migrated.

But for indexlab's guard, which wants a brand: tests/ops/test_restore.py runs the same
line on a seeded one.
"""

import shutil

from django.conf import settings
from django.utils import timezone

from gymsite.ops.audit import report
from tests.ops.databases import another, migrated
from tests.ops.documented import blocks, run_or_say


def test_each_of_its_lines_does_what_it_says(transactional_db, tmp_path):
    monthly, after_a_load, quarterly, _ = blocks("audit.md", "Upkeep")
    review, guard = quarterly.split("python manage.py indexlab")
    assert guard.strip() == "--guard"  # as under Backups in docs/deploy.md
    shutil.copy(settings.BASE_DIR / "manage.py", tmp_path)
    with migrated("upkeep"):
        run_or_say(tmp_path, monthly + after_a_load + review)
        with another() as live:
            vacuumed = live.execute(
                "SELECT relname FROM pg_stat_user_tables WHERE last_vacuum IS NOT NULL "
                "AND last_analyze IS NOT NULL ORDER BY 1"
            ).fetchall()
    assert [name for (name,) in vacuumed] == [
        "bookings_appointment",
        "bookings_classsession",
    ]
    (kept,) = (tmp_path / "reports").iterdir()
    assert kept.name == f"audit-{timezone.now():%Y-%m-%d}.json"
    assert report.from_json(kept.read_text()).results[-1].name == "declared"
