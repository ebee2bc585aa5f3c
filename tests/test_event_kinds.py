"""An event is of a kind that its app lists.

The code names kinds from the lists only.
"""

import ast
import re

import pytest
from django.apps import apps
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from gymsite.core.errors import DomainError
from gymsite.core.event_kinds import EventKind
from gymsite.core.models import Event
from gymsite.core.operations.events import record
from gymsite.notifications import notice_kinds, outbox
from tests.factories import UserFactory
from tests.test_architecture import MAY_IMPORT, ROOT, own_python, tree, where

IN_SQL = re.compile(r"\bkind\s*(?:=|<>|IN\s*\()\s*'(\w+)'", re.IGNORECASE)
KIND_IN_SQL = re.compile(r"\bkind\s*(?:=|<>|IN)\s*(\([^)]*\)|'\w+')")
PASSED_BY = {"record", "on", "record_end", "close_line", "_note", "insert_booking"}


def listed():
    """Every kind but those that tests invent."""
    autodiscover_modules("event_kinds")
    apps_own = [
        enum
        for enum in EventKind.__subclasses__()
        if not enum.__module__.startswith("tests")
    ]
    return [kind for enum in apps_own for kind in enum]


def other_words():
    """Words that also mean something else.

    They are what a column holds, the code of a refusal, or what a page is given.
    """
    fields = (
        field for model in apps.get_models() for field in model._meta.local_fields
    )
    held = {value for field in fields for value, _ in field.flatchoices}
    return held | {error.code for error in refusals(DomainError)} | {"reviewed"}


def refusals(error):
    for one in error.__subclasses__():
        yield one
        yield from refusals(one)


def literals(path, kinds, ambiguous):
    """Strings that are kinds.

    They are kinds by themselves where nothing else has that name, or where a kind is
    asked for.
    """
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            named = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [
                word.value
                for word in node.keywords
                if word.arg == "kind" and named == "notify"
            ]
            given += node.args if named in PASSED_BY else []
            yield from (
                one
                for one in given
                if isinstance(one, ast.Constant) and one.value in kinds
            )
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            in_sql = (
                set(IN_SQL.findall(node.value))
                | set(re.findall(r"'(\w+)'", node.value)) - ambiguous
            )
            if node.value in kinds - ambiguous or in_sql & kinds:
                yield node


def test_no_kind_is_spelled_out():
    kinds, found = {str(kind) for kind in listed()}, []
    for _, path in own_python():
        if path.name != "event_kinds.py":
            found += [
                f"{where(path, node)} {node.value[:60]!r}"
                for node in literals(path, kinds, other_words())
            ]
    assert found == []


def test_what_a_statement_calls_a_kind_is_one():
    known = {str(kind) for kind in listed()} | other_words()
    spelled = [
        (path.name, kind)
        for package in MAY_IMPORT
        for path in (ROOT / package.replace(".", "/")).rglob("*.sql")
        for words in KIND_IN_SQL.findall(path.read_text())
        for kind in re.findall(r"'(\w+)'", words)
    ]
    assert len(spelled) > 6
    assert [one for one in spelled if one[1] not in known] == []


def test_no_two_apps_list_the_same_one_and_each_fits_its_column():
    assert len(set(listed())) == len(listed()) > 60
    assert max(map(len, listed())) <= Event._meta.get_field("kind").max_length


@pytest.mark.django_db
def test_what_no_app_lists_is_refused():
    user, now = UserFactory(), timezone.now()
    for unknown in ("bookd", "booked"):
        with pytest.raises(TypeError, match=f"'{unknown}' is no kind of event"):
            record(unknown, user, at=now)
        with pytest.raises(TypeError, match="is no kind of event"):
            outbox.on(unknown, print)
        with pytest.raises(TypeError, match="is no kind of event"):
            notice_kinds.declare(
                notice_kinds.Topic("t", "T", "t"), {unknown: (print, None)}
            )
    assert not Event.objects.exists()
