"""JSON of rows by the schemas that document them."""

import json
from collections import namedtuple
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from pydantic import BaseModel, ValidationError

from gymsite.core.pagination import Page
from gymsite.rest.answers import Beside, LocalTime, TimeZone, UtcTime, answer, source
from gymsite.rest.schemas import PageOf

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Lesson(BaseModel):
    id: int
    teacher: str = source("teacher__name")
    time_zone: TimeZone
    at: LocalTime
    ended_at: LocalTime | None


class Sale(BaseModel):
    kind: str = source("unit.kind.name")
    at: UtcTime
    note: str | None = None


def lesson(**values):
    row = {"id": 1, "teacher__name": "Ada", "time_zone": "Europe/London", "at": NOON}
    row |= {"ended_at": None} | values
    return namedtuple("Row", row)(**row)


def sale(**values):
    unit = SimpleNamespace(kind=SimpleNamespace(name="Bell"))
    return SimpleNamespace(unit=unit, at=NOON, **values)


def said(*asked, **how):
    return json.loads(answer(*asked, **how).content)


def test_times_have_the_offset_of_the_zone_before_them():
    found = said(PageOf[Lesson], Page([lesson()], None))
    row = {
        "id": 1,
        "teacher": "Ada",
        "at": "2026-07-01T13:00:00+01:00",
        "ended_at": None,
    }
    assert found == {"items": [row], "next": None}
    schema = Lesson.model_json_schema(mode="serialization")
    assert set(schema["properties"]) == set(schema["required"]) == set(row)
    assert schema["properties"]["at"]["format"] == "date-time"


def test_a_path_goes_through_objects():
    row = {"kind": "Bell", "at": "2026-07-01T12:00:00+00:00"}
    assert said(Sale, sale(note="x")) == {**row, "note": "x"}
    assert said(Sale, sale(), exclude_unset=True) == row


def test_what_stands_beside_a_row_comes_first():
    row = Beside(lesson(), teacher__name="Grace")
    assert said(Lesson, row)["teacher"] == "Grace"


def test_a_row_without_a_field_is_no_answer():
    with pytest.raises(ValidationError, match="unit"):
        answer(Sale, SimpleNamespace(at=NOON))
