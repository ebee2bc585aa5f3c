"""An action that is one operation hands it what it takes, by the names it has."""

import inspect

import pytest
from django.contrib import admin

from gymsite.backoffice.actions import Action, calling


def behind(run) -> dict:
    """What ``calling`` was given, also under a function that guards it."""
    held = inspect.getclosurevars(run).nonlocals
    return held if "said" in held else behind(held["run"]) if "run" in held else {}


ACTIONS = [
    pytest.param(action, id=f"{model._meta.label_lower}.{action.name}")
    for model, model_admin in admin.site._registry.items()
    for action in getattr(model_admin, "row_actions", ())
    if behind(action.run)
]


def fits(action: Action) -> inspect.BoundArguments:
    held = behind(action.run)
    asked = action.form.base_fields.keys() - {"seen"}
    names = [held["key"], *held["fixed"], *asked, "actor_id", "now"]
    assert len(names) == len(set(names))
    return inspect.signature(held["operation"]).bind(**dict.fromkeys(names))


@pytest.mark.parametrize("action", ACTIONS)
def test_the_operation_takes_what_the_form_asks_for(action):
    assert fits(action).arguments.keys() >= {"actor_id", "now"}


def test_these_are_most_of_the_actions():
    assert len(ACTIONS) > 20


def test_a_form_that_asks_for_more_than_the_operation_takes_is_seen():
    def operation(*, row_id, actor_id, now):
        """It takes no reason."""

    run = calling(operation, "row_id", lambda row, done: "")
    assert fits(Action("act", "Act", run))
    with pytest.raises(TypeError):
        fits(Action("act", "Act", calling(operation, "key", lambda row, done: "")))
