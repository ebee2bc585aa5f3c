"""The reference data that a new gym can start from."""

import pytest
from django.core.management import call_command

from bookings.models import ClassType, Room
from gymsite.core.models import Branch, Brand
from memberships.models import Plan

FILES = ("branches", "rooms", "class_types", "plans")


@pytest.mark.django_db
def test_loaddata_takes_them_and_every_field_is_valid(project):
    call_command("loaddata", *(project / f"fixtures/{name}.json" for name in FILES), verbosity=0)
    assert [model.objects.count() for model in (Branch, Room, ClassType, Plan)] == [10, 50, 30, 50]
    for model in (Brand, Branch, Room, ClassType, Plan):
        for row in model.objects.all():
            row.full_clean()
