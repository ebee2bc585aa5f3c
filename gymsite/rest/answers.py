"""Answers by the schemas that document them: a schema's fields are listed once, and
each says from which attribute of a row it is read."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from pydantic import (
    AliasPath,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema

from gymsite.core.periods import local_iso
from gymsite.web.http import JSON


def source(path: str, **more: Any) -> Any:
    """A field that is read from another attribute than its name's.

    ``path`` is a column of a query ("trainer__name") or a way through objects
    ("unit.kind.name").
    """
    alias = AliasPath(*path.split(".")) if "." in path else path
    return Field(validation_alias=alias, **more)


def _local(moment: datetime, info: ValidationInfo) -> str:
    return local_iso(moment, info.data["time_zone"])


_A_TIME = WithJsonSchema({"type": "string", "format": "date-time"})
# With the offset of the schema's ``time_zone``, a field that stands before it.
LocalTime = Annotated[str, BeforeValidator(_local), _A_TIME]
UtcTime = Annotated[str, BeforeValidator(datetime.isoformat), _A_TIME]
# Read for the times after it; neither documented nor answered.
TimeZone = Annotated[SkipJsonSchema[str], Field(exclude=True)]


class Beside:
    """A row with values that it has not itself, which come first."""

    def __init__(self, row: Any, **values: Any) -> None:
        self.__dict__.update(values, _row=row)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def as_json(schema: type[BaseModel], row: Any, *, exclude_unset: bool = False) -> bytes:
    """A row, or a page of rows, by its schema.

    With ``exclude_unset`` optional fields that the row has not are left out.
    """
    made = schema.model_validate(row, from_attributes=True)
    return made.__pydantic_serializer__.to_json(made, exclude_unset=exclude_unset)


def answer(
    schema: type[BaseModel], row: Any, status: int = 200, *, exclude_unset: bool = False
) -> HttpResponse:
    content = as_json(schema, row, exclude_unset=exclude_unset)
    return HttpResponse(content, status=status, content_type=JSON)
