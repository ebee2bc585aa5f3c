"""The places of a module that may be changed, one at a time, in the order of its text.

Words that people read are left alone (strings in f-strings, messages, remedies), and so
are annotations, docstrings, defaults, assertions and imports: what is asked is whether
a rule may go without a test that fails.
"""

import ast
import copy
import enum
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gymsite.postgres.statements import Statements
from tests.mutation import sql

BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITE = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
}
OTHER_NAME = {"min": "max", "max": "min", "sorted": "list", "any": "all", "all": "any"}
DROPPED_CALLS = {
    "select_for_update",
    "order_by",
    "exclude",
    "distinct",
    "strip",
    "refresh_from_db",
}
FILTERS = {"filter", "exclude", "get", "update"}
UNREAD_KEYWORDS = {"remedy", "detail"}
LONGEST = 110


@dataclass
class Change:
    """One changed place. ``key`` names it for as long as its own text stays, wherever
    its line moves to."""

    path: str
    scope: str
    lines: range
    what: str
    instead: str
    apply: Callable[[], None] = field(repr=False)
    constant: str = ""  # the module's constant that it changes, if it does
    key: str = ""


@dataclass
class _Place:
    """A node, where it hangs, and the statement and function that it is part of."""

    node: ast.AST
    parent: ast.AST
    name: str
    index: int | None
    scope: str
    statement: ast.stmt

    def put(self, node: ast.AST) -> None:
        ast.copy_location(node, self.node)
        ast.fix_missing_locations(node)
        if self.index is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.index] = node

    def drop(self) -> None:
        del getattr(self.parent, self.name)[self.index]


def changes_of(path: str, tree: ast.Module, namespace: dict[str, Any]) -> list[Change]:
    """Every change of a module; ``namespace`` is the imported one's, in which names of
    statuses are looked up."""
    found: list[Change] = []
    for place in _places(tree):
        for what, instead, apply in _ways(place, namespace):
            found.append(_change(path, place, what, instead, apply))
    return _named(found)


def _change(
    path: str, place: _Place, what: str, instead: str, apply: Callable[[], None]
) -> Change:
    statement = place.statement
    last = statement.end_lineno or statement.lineno
    if isinstance(
        statement, ast.If | ast.While | ast.For | ast.With | ast.Try | ast.FunctionDef
    ):
        first_inside = statement.body[0]
        last = max(statement.lineno, first_inside.lineno - 1)
    # a decorator is asked by whatever runs the function
    if isinstance(place.node, ast.FunctionDef):
        last = place.node.end_lineno or last
    if isinstance(place.node, ast.Try | ast.With | ast.ExceptHandler):
        last = place.node.end_lineno or last
    constant = "" if place.scope else _assigned(statement)
    return Change(
        path,
        place.scope,
        range(statement.lineno, last + 1),
        what,
        instead,
        apply,
        constant,
    )


def _named(found: list[Change]) -> list[Change]:
    seen: Counter[str] = Counter()
    for change in found:
        key = (
            f"{change.path} {change.scope or change.constant}: {change.what} => "
            f"{change.instead}"
        )
        seen[key] += 1
        change.key = key if seen[key] == 1 else f"{key} ({seen[key]})"
    return found


def _assigned(statement: ast.stmt) -> str:
    target = (
        statement.targets[0]
        if isinstance(statement, ast.Assign)
        else getattr(statement, "target", None)
    )
    return target.id if isinstance(target, ast.Name) else ""


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _places(tree: ast.Module) -> Iterator[_Place]:
    for index, statement in enumerate(tree.body):
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield from _inside(statement, tree, "body", index, "", statement)
        elif (
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and statement.value
            and _assigned(statement)
        ):
            yield from _inside(statement.value, statement, "value", None, "", statement)


def _inside(
    node: ast.AST,
    parent: ast.AST,
    name: str,
    index: int | None,
    scope: str,
    statement: ast.stmt,
) -> Iterator[_Place]:
    if isinstance(node, ast.JoinedStr) and not scope:
        yield _Place(node, parent, name, index, scope, statement)
    if isinstance(
        node, ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom | ast.arguments
    ):
        return
    if isinstance(node, ast.keyword) and node.arg in UNREAD_KEYWORDS:
        return
    if isinstance(node, ast.stmt):
        statement = node
    yield _Place(node, parent, name, index, scope, statement)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        scope = f"{scope}.{node.name}" if scope else node.name
    for child_name, value in ast.iter_fields(node):
        if child_name in {
            "decorator_list",
            "annotation",
            "returns",
            "ctx",
            "op",
            "ops",
        }:
            continue
        if isinstance(node, ast.ClassDef) and child_name != "body":
            continue
        if isinstance(value, list):
            for child_index, child in enumerate(value):
                if isinstance(child, ast.AST) and not _is_docstring(
                    child, node, child_index
                ):
                    if isinstance(node, ast.ClassDef) and not isinstance(
                        child, ast.FunctionDef
                    ):
                        continue
                    yield from _inside(
                        child, node, child_name, child_index, scope, statement
                    )
        elif isinstance(value, ast.AST):
            yield from _inside(value, node, child_name, None, scope, statement)


def _is_docstring(child: ast.AST, parent: ast.AST, index: int) -> bool:
    return (
        index == 0
        and isinstance(child, ast.Expr)
        and isinstance(child.value, ast.Constant)
    )


Way = tuple[str, str, Callable[[], None]]


def _ways(place: _Place, namespace: dict[str, Any]) -> Iterator[Way]:
    handler = _BY_TYPE.get(type(place.node))
    if handler:
        yield from handler(place, place.node)
    if isinstance(place.node, ast.Attribute):
        yield from _statuses(place, place.node, namespace)
        yield from _statement(place, place.node, namespace)
    if isinstance(place.node, ast.JoinedStr) and not place.scope:
        yield from _put_together(place, namespace)
    if isinstance(place.node, ast.stmt):
        yield from _removals(place, place.node)


def _conditions(place: _Place, node: ast.If | ast.IfExp) -> Iterator[Way]:
    for answer in (True, False):
        yield (
            f"if {_text(node.test)}",
            str(answer),
            lambda answer=answer: setattr(
                node, "test", _keeping_names(node.test, answer)
            ),
        )


def _keeping_names(test: ast.expr, answer: bool) -> ast.expr:
    """The answer instead of the condition, which is still worked out where it gives a
    name to something."""
    fixed: ast.expr = ast.copy_location(ast.Constant(answer), test)
    if any(isinstance(part, ast.NamedExpr) for part in ast.walk(test)):
        both = ast.Tuple([copy.deepcopy(test), fixed], ast.Load())
        fixed = ast.Subscript(both, ast.Constant(1), ast.Load())
    return ast.fix_missing_locations(ast.copy_location(fixed, test))


def _loop(place: _Place, node: ast.While) -> Iterator[Way]:
    if not isinstance(node.test, ast.Constant):
        yield (
            f"while {_text(node.test)}",
            "False",
            lambda: setattr(node, "test", _keeping_names(node.test, False)),
        )


def _comprehension(place: _Place, node: ast.comprehension) -> Iterator[Way]:
    for index, test in enumerate(node.ifs):
        yield (
            f"for ... if {_text(test)}",
            "all of them",
            lambda index=index: node.ifs.pop(index),
        )


def _comparison(place: _Place, node: ast.Compare) -> Iterator[Way]:
    is_test = isinstance(
        place.parent, ast.If | ast.IfExp | ast.BoolOp | ast.comprehension
    )
    for index, operator in enumerate(node.ops):
        kinds = [BOUNDARY.get(type(operator))] + (
            [] if is_test else [OPPOSITE.get(type(operator))]
        )
        for kind in filter(None, kinds):
            changed = copy.deepcopy(node)
            changed.ops[index] = kind()
            yield (
                _text(node),
                _text(changed),
                lambda changed=changed: place.put(changed),
            )
    if not is_test and type(node.ops[0]) in BOUNDARY:
        yield (
            _text(node),
            "its opposite",
            lambda: place.put(ast.UnaryOp(ast.Not(), copy.deepcopy(node))),
        )


def _junction(place: _Place, node: ast.BoolOp) -> Iterator[Way]:
    word = "and" if isinstance(node.op, ast.And) else "or"
    for index, value in enumerate(node.values):
        yield (
            f"{_text(node)}",
            f"without {word} {_text(value)}",
            lambda index=index: place.put(_without(node, index)),
        )


def _without(node: ast.BoolOp, index: int) -> ast.expr:
    kept = [value for at, value in enumerate(node.values) if at != index]
    changed: ast.expr = kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
    given_names = [
        part for part in ast.walk(node.values[index]) if isinstance(part, ast.NamedExpr)
    ]
    if given_names:  # worked out, but not asked
        changed = ast.Subscript(
            ast.Tuple([node.values[index], changed], ast.Load()),
            ast.Constant(1),
            ast.Load(),
        )
    return changed


def _unary(place: _Place, node: ast.UnaryOp) -> Iterator[Way]:
    if isinstance(node.op, ast.Not) and not isinstance(
        place.parent, ast.If | ast.IfExp
    ):
        yield _text(node), _text(node.operand), lambda: place.put(node.operand)


def _sum(place: _Place, node: ast.BinOp) -> Iterator[Way]:
    kind = ARITHMETIC.get(type(node.op))
    words = [
        side
        for side in (node.left, node.right)
        if isinstance(side, ast.Constant | ast.JoinedStr)
    ]
    if kind and all(_is_number(side) for side in words):
        changed = ast.BinOp(node.left, kind(), node.right)
        yield _text(node), _text(changed), lambda: place.put(changed)


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _constant(place: _Place, node: ast.Constant) -> Iterator[Way]:
    value, around = node.value, _around(place)
    if value is True or value is False:
        yield around, f"{not value}", lambda: place.put(ast.Constant(not value))
    elif type(value) is int:
        yield (
            around,
            f"{value + 1} for {value}",
            lambda: place.put(ast.Constant(value + 1)),
        )
    elif isinstance(value, str) and sql.is_sql(value):
        for what, instead, whole in sql.changes(value):
            yield what, instead, lambda whole=whole: place.put(ast.Constant(whole))
    elif isinstance(value, str) and _decides(place):
        yield (
            around,
            f"another word for {value!r}",
            lambda: place.put(ast.Constant(f"no {value}")),
        )


def _around(place: _Place) -> str:
    return _text(
        place.parent
        if isinstance(place.parent, ast.expr | ast.keyword)
        else place.statement
    )


def _put_together(place: _Place, namespace: dict[str, Any]) -> Iterator[Way]:
    """A module's statement that is made of parts, as it came out."""
    value = namespace.get(_assigned(place.statement))
    if isinstance(value, str) and sql.is_sql(value):
        for what, instead, whole in sql.changes(value):
            yield what, instead, lambda whole=whole: place.put(ast.Constant(whole))


def _statement(
    place: _Place, node: ast.Attribute, namespace: dict[str, Any]
) -> Iterator[Way]:
    """A statement of a .sql file, where it is used."""
    loaded = namespace.get(getattr(node.value, "id", ""))
    if isinstance(loaded, Statements):
        for what, instead, whole in sql.changes(getattr(loaded, node.attr)):
            yield what, instead, lambda whole=whole: place.put(ast.Constant(whole))


def _decides(place: _Place) -> bool:
    """A word that the code compares, or the kind of what it records."""
    call = place.parent
    is_kind = (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "record"
    )
    return isinstance(call, ast.Compare) or (is_kind and place.name == "args")


def _call(place: _Place, node: ast.Call) -> Iterator[Way]:
    function = node.func
    if isinstance(function, ast.Name) and function.id in OTHER_NAME:
        other = OTHER_NAME[function.id]
        changed = ast.Call(
            ast.Name(other, ast.Load()),
            node.args,
            [] if other == "list" else node.keywords,
        )
        yield _text(node), other, lambda: place.put(changed)
    if isinstance(function, ast.Attribute):
        if function.attr in DROPPED_CALLS and not isinstance(place.parent, ast.Expr):
            yield (
                _text(node),
                f"without {function.attr}",
                lambda: place.put(function.value),
            )
        if function.attr in FILTERS:
            for index, keyword in enumerate(node.keywords):
                yield (
                    _text(node),
                    f"without {_text(keyword)}",
                    lambda index=index: node.keywords.pop(index),
                )
    for keyword in node.keywords:
        if keyword.arg == "update_fields" and isinstance(keyword.value, ast.List):
            yield from _shorter(place, keyword.value, _text(node))


def _shorter(
    place: _Place, node: ast.Tuple | ast.List, around: str = ""
) -> Iterator[Way]:
    if len(node.elts) > 1:
        for index, element in enumerate(node.elts):
            yield (
                around or _text(node),
                f"without {_text(element)}",
                lambda index=index: node.elts.pop(index),
            )


def _sequence(place: _Place, node: ast.Tuple) -> Iterator[Way]:
    """The rules that are asked, the statuses that count."""
    names = all(
        isinstance(part, ast.Name | ast.Attribute | ast.Starred) for part in node.elts
    )
    rules = not place.scope and place.name == "value"
    statuses = isinstance(place.parent, ast.keyword) and (
        place.parent.arg or ""
    ).endswith("__in")
    if names and (rules or statuses):
        yield from _shorter(place, node)


def _with(place: _Place, node: ast.With) -> Iterator[Way]:
    for index, item in enumerate(node.items):
        if item.optional_vars is None:
            yield (
                f"with {_text(item)}",
                "without it",
                lambda index=index: _open(place, node, index),
            )


def _open(place: _Place, node: ast.With, index: int) -> None:
    node.items.pop(index)
    if not node.items:
        body = getattr(place.parent, place.name)
        body[place.index : place.index + 1] = node.body  # type: ignore[operator]


def _handler(place: _Place, node: ast.ExceptHandler) -> Iterator[Way]:
    if not (len(node.body) == 1 and isinstance(node.body[0], ast.Raise)):
        name = _text(node.type) if node.type else "everything"
        raised = ast.copy_location(ast.Raise(), node.body[0])
        yield f"except {name}", "raise", lambda: setattr(node, "body", [raised])


def _decorators(place: _Place, node: ast.FunctionDef) -> Iterator[Way]:
    for decorator in node.decorator_list:
        if _text(decorator) == "transaction.atomic":
            yield (
                f"@{_text(decorator)} def {node.name}",
                "taken off",
                lambda: setattr(node, "unwrapped", True),
            )


def _statuses(
    place: _Place, node: ast.Attribute, namespace: dict[str, Any]
) -> Iterator[Way]:
    try:
        value = eval(ast.unparse(node), namespace)  # noqa: S307 - our own module's text
    except Exception:
        return
    if isinstance(value, enum.Enum) and isinstance(
        node.value, ast.Name | ast.Attribute
    ):
        members = list(type(value))
        if len(members) > 1:
            other = members[(members.index(value) + 1) % len(members)]
            changed = ast.Attribute(node.value, other.name, ast.Load())
            yield (
                _around(place),
                f"{other.name} for {value.name}",
                lambda: place.put(changed),
            )


def _removals(place: _Place, node: ast.stmt) -> Iterator[Way]:
    """Statements that do something to somebody else: calls, and what they write to
    attributes."""
    alone = (
        isinstance(place.parent, ast.If)
        and len(getattr(place.parent, place.name)) == 1
        and not place.parent.orelse
    )
    if alone or place.index is None or not place.scope:
        return
    targets = node.targets[0] if isinstance(node, ast.Assign) else None
    if isinstance(targets, ast.Tuple) and isinstance(node.value, ast.Tuple):  # type: ignore[attr-defined]
        for index, target in enumerate(targets.elts):
            if isinstance(target, ast.Attribute):
                yield (
                    _text(node),
                    f"without {_text(target)}",
                    lambda index=index: _drop_target(node, index),
                )
    elif isinstance(
        node, ast.Expr | ast.AugAssign | ast.Raise | ast.Break
    ) or isinstance(targets, ast.Attribute | ast.Subscript):
        yield _text(node), "taken out", lambda: place.put(ast.Pass())


def _drop_target(node: ast.Assign, index: int) -> None:
    node.targets[0].elts.pop(index)  # type: ignore[attr-defined]
    node.value.elts.pop(index)  # type: ignore[attr-defined]


_BY_TYPE: dict[type, Callable[..., Iterator[Way]]] = {
    ast.If: _conditions,
    ast.IfExp: _conditions,
    ast.While: _loop,
    ast.comprehension: _comprehension,
    ast.Compare: _comparison,
    ast.BoolOp: _junction,
    ast.UnaryOp: _unary,
    ast.BinOp: _sum,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Tuple: _sequence,
    ast.With: _with,
    ast.ExceptHandler: _handler,
    ast.FunctionDef: _decorators,
}
