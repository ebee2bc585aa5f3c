"""Two changes of what pages show, at the same moment, don't wait for each other.

No version comes again.
"""

from functools import partial

import pytest
from django.db import transaction

from bookings.models import Room
from gymsite.core.models import DataVersion
from gymsite.core.queries.versions import version_of
from tests.factories import RoomFactory
from tests.race import OK, counting_deadlocks, once, race, while_held
from tests.triggers import without

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def renames(room, name):
    Room.objects.filter(pk=room.pk).update(name=name)


def edited_beside_another():
    """Whether an edit gets through while another, of another room, is still open."""
    first, second = RoomFactory(), RoomFactory()
    through = []

    def seen():
        through.append(Room.objects.get(pk=second.pk).name == "Second")

    outcomes = while_held(
        partial(renames, first, "First"),
        [partial(renames, second, "Second")],
        seen=seen,
    )
    assert outcomes.codes == {OK: 1}
    return through == [True]


def test_an_edit_does_not_wait_for_another():
    assert edited_beside_another()


def test_control_stamps_that_are_waited_for_make_edits_wait():
    with without(" SKIP LOCKED", triggers="bumps_timetable"):
        assert not edited_beside_another()


def test_every_commit_makes_another_version_and_none_comes_again():
    first, second = RoomFactory(), RoomFactory()
    versions = [version_of("timetable")]
    edit = once(lambda: renames(second, "Second"))
    with transaction.atomic():
        renames(first, "First")
        versions.append(version_of("timetable"))  # the open transaction's own
        edit()
        versions.append(version_of("timetable"))
    versions.append(race([partial(version_of, "timetable")]).values[0])
    renames(first, "Last")
    versions.append(version_of("timetable"))
    # what was seen before the commit still stands after it
    assert len(set(versions)) == len(versions) - 1
    assert versions[2] == versions[3]
    assert DataVersion.objects.filter(name="timetable").count() == 1


def test_what_is_undone_leaves_the_version_as_it_was():
    room, other = RoomFactory(), RoomFactory()
    before = version_of("timetable")
    with transaction.atomic():
        renames(room, "Lost")
        once(lambda: renames(other, "Kept"))()
        transaction.set_rollback(True)
    after = version_of("timetable")
    assert before != after
    assert set(before.split()) < set(after.split())


def test_many_at_once_leave_a_new_version_and_meet_no_deadlock():
    rooms = [RoomFactory() for _ in range(12)]
    before = set(version_of("timetable").split())
    with counting_deadlocks() as deadlocks:
        assert race([partial(renames, room, "Many") for room in rooms] * 4).codes == {
            OK: 48
        }
    assert deadlocks == [0]
    assert not before & set(version_of("timetable").split())
    renames(rooms[0], "Last")
    assert DataVersion.objects.filter(name="timetable").count() == 1
