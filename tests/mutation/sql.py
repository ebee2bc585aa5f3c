"""Changes to a SQL statement: a condition, a lock, an order or a step taken out, a
comparison moved by one."""

import re
from collections.abc import Iterator

IS_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b")
ENDS_WHERE = re.compile(
    r"\b(ORDER BY|GROUP BY|RETURNING|FOR NO KEY|FOR UPDATE|FOR SHARE|FOR KEY|ON CONFLICT|LIMIT|UNION)\b"
)
TAKEN_OUT = (
    r"FOR (NO KEY )?UPDATE(?: OF \w+)?(?: SKIP LOCKED)?",
    r"FOR (KEY )?SHARE(?: OF \w+)?",
    r"ON CONFLICT DO NOTHING",
    r"ORDER BY [\w., ]+?(?=\s+LIMIT|\s+FOR|\s*\n|\s*$|\s*\))",
)
SWAPPED = (
    (r" <= ", " < "),
    (r" < ", " <= "),
    (r" >= ", " > "),
    (r" > ", " >= "),
    (r" <> ", " = "),
    (r" \+ 1\b", " + 2"),
    (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bleast\(", "greatest("),
    (r"\bgreatest\(", "least("),
    (r"'\[\]'", "'[)'"),
)
STEP = re.compile(r",\s*(\w+) AS \(\s*(?:INSERT|UPDATE|DELETE)\b")


def is_sql(text: str) -> bool:
    return bool(IS_SQL.search(text)) and len(text) > 30


def changes(text: str) -> Iterator[tuple[str, str, str]]:
    """(what, with what in its place, the whole statement changed), one place at a time,
    in the order of the text."""
    for start, end in _conditions(text):
        yield (
            f"AND {_one_line(text[start:end])}",
            "taken out",
            f"{text[:start]} TRUE {text[end:]}",
        )
    for pattern in TAKEN_OUT:
        for found in re.finditer(pattern, text):
            yield (
                _one_line(found[0]),
                "taken out",
                text[: found.start()] + text[found.end() :],
            )
    for pattern, instead in SWAPPED:
        for found in re.finditer(pattern, text):
            around = _one_line(text[max(found.start() - 25, 0) : found.end() + 15])
            yield (
                around,
                instead.strip(),
                text[: found.start()] + instead + text[found.end() :],
            )
    for found in STEP.finditer(text):
        end = _closing(text, text.index("(", found.start()))
        if len(re.findall(rf"\b{found[1]}\b", text)) == 1:
            yield (
                f"step {found[1]}",
                "taken out",
                text[: found.start()] + text[end + 1 :],
            )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _closing(text: str, opening: int) -> int:
    """Where the parenthesis that opens at ``opening`` closes."""
    depth = 0
    for at in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)


def _conditions(text: str) -> Iterator[tuple[int, int]]:
    """Where each condition of each WHERE stands, those that AND joins one by one."""
    for found in re.finditer(r"\bWHERE\b", text):
        start = at = found.end()
        while at < len(text):
            if text[at] == "(":
                at = _closing(text, at) + 1
            elif text[at] == ")" or ENDS_WHERE.match(text, at):
                break
            elif re.match(r"\bAND\b", text[at:]) and text[at - 1].isspace():
                yield start, at
                start = at = at + 3
            else:
                at += 1
        yield start, at
