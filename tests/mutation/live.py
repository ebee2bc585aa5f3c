"""Changing code in a process that has loaded it: functions get other code, constants
other values, everywhere."""

import ast
import copy
import gc
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

from tests.mutation.places import Change


def functions_of(path: str) -> list[FunctionType]:
    """Every function that was made from a file so far, those inside decorators too."""
    # isinstance wakes lazy objects
    functions = [thing for thing in gc.get_objects() if type(thing) is FunctionType]
    return [function for function in functions if function.__code__.co_filename == path]


def apply(
    change: Change, module: ModuleType, tree: ast.Module, functions: list[FunctionType]
) -> bool:
    """Change the running module, whose functions were found before; whether anything
    came of it."""
    path = str(module.__file__)
    change.apply()
    if unwrapped := [
        node for node in ast.walk(tree) if getattr(node, "unwrapped", False)
    ]:
        return _unwrap(module, unwrapped[0].name)  # type: ignore[attr-defined]
    ast.fix_missing_locations(tree)
    if change.constant:
        return _assign_again(module, tree, change.constant)
    codes = {_name(code): code for code in _codes(compile(tree, path, "exec"))}
    done = [
        _set(function, codes.get(_name(function.__code__))) for function in functions
    ]
    return any(done)


def watch(module: ModuleType, tree: ast.Module, ran: Callable[[int], object]) -> None:
    """Have each statement of the module's functions say its line before it runs."""
    path, watched = str(module.__file__), _Watched().visit(copy.deepcopy(tree))
    module.__dict__[_Watched.NAME] = ran
    codes = {
        _name(code): code
        for code in _codes(compile(ast.fix_missing_locations(watched), path, "exec"))
    }
    for function in functions_of(path):
        _set(function, codes.get(_name(function.__code__)))


class _Watched(ast.NodeTransformer):
    NAME = "__ran__"

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if (
                isinstance(statements, list)
                and statements
                and not isinstance(node, ast.Module | ast.ClassDef)
            ):
                setattr(
                    node,
                    name,
                    [
                        part
                        for statement in statements
                        for part in (self._said(statement), statement)
                    ],
                )
        return node

    def _said(self, statement: ast.stmt) -> ast.stmt:
        call = ast.Call(
            ast.Name(self.NAME, ast.Load()), [ast.Constant(statement.lineno)], []
        )
        return ast.copy_location(ast.Expr(call), statement)


def _set(function: FunctionType, code: CodeType | None) -> bool:
    if (
        code is None
        or code.co_freevars != function.__code__.co_freevars
        or _same(code, function.__code__)
    ):
        return False
    function.__code__ = code
    return True


def _same(one: CodeType, other: CodeType) -> bool:
    return one.replace(co_linetable=b"") == other.replace(co_linetable=b"")


def _name(code: CodeType) -> tuple[str, int]:
    return code.co_qualname if hasattr(
        code, "co_qualname"
    ) else code.co_name, code.co_firstlineno


def _codes(code: CodeType) -> list[CodeType]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return [code, *(found for one in inner for found in _codes(one))]


def _unwrap(module: ModuleType, name: str) -> bool:
    """Whoever holds the function, by whatever name, now calls it without a transaction
    around it."""
    wrapped = getattr(module, name)
    around = dict(zip(wrapped.__code__.co_freevars, wrapped.__closure__, strict=True))[
        "self"
    ]
    around.cell_contents = SimpleNamespace(_recreate_cm=nullcontext)
    return True


def _assign_again(module: ModuleType, tree: ast.Module, name: str) -> bool:
    """Work out the constant again, and after it those that may be made of it."""
    began = changed = False
    for statement in tree.body:
        target = _target(statement)
        began = began or target == name
        if not began or target is None:
            continue
        before = getattr(module, target)
        exec(  # noqa: S102
            compile(ast.Module([statement], []), str(module.__file__), "exec"),
            module.__dict__,
        )
        after = getattr(module, target)
        if after != before:
            _replace(target, before, after)
            changed = True
        else:
            setattr(module, target, before)
    return changed


def _target(statement: ast.stmt) -> str | None:
    target = (
        statement.targets[0]
        if isinstance(statement, ast.Assign)
        else getattr(statement, "target", None)
    )
    return (
        target.id
        if isinstance(target, ast.Name) and getattr(statement, "value", None)
        else None
    )


def _replace(name: str, before: Any, after: Any) -> None:
    """In every module that has imported it by its name."""
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(name) is before:
            setattr(module, name, after)
