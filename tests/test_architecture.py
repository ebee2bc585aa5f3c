"""Who may import whom, and how long things may be.

The tables are the architecture; the tests only read them.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import Resolver404, get_resolver, resolve

from gymsite.core.errors import DomainError

ROOT = Path(settings.BASE_DIR)

# The tools for every app above: pages, the API, the admin and notices are made of them.
TOOLBOXES = {"gymsite.postgres", "gymsite.core", "gymsite.web"}
ROOMS = {"gymsite.backoffice", "gymsite.notifications", "gymsite.rest"}
APPS = {"gymsite.payments", "memberships", "bookings", "catalog"}

# Written bottom-up: a package may import the ones named here, which all stand above it.
MAY_IMPORT: dict[str, set[str]] = {
    "gymsite.postgres": set(),
    "gymsite.core": {"gymsite.postgres"},
    "gymsite.web": {"gymsite.postgres", "gymsite.core"},
    "gymsite.rest": TOOLBOXES,
    "gymsite.backoffice": TOOLBOXES,
    "gymsite.notifications": TOOLBOXES | {"gymsite.backoffice"},
    "gymsite.accounts": TOOLBOXES | ROOMS,
    "gymsite.payments": TOOLBOXES | ROOMS,
    "memberships": TOOLBOXES | ROOMS | {"gymsite.payments"},
    "bookings": TOOLBOXES | ROOMS | {"gymsite.payments", "memberships"},
    "catalog": TOOLBOXES | ROOMS | {"gymsite.payments", "memberships"},
    "gymsite.partners": TOOLBOXES | ROOMS | APPS,
    "gymsite.ops": TOOLBOXES | ROOMS | APPS | {"gymsite.accounts", "gymsite.partners"},
    "gymsite.dashboard": TOOLBOXES | ROOMS | APPS | {"gymsite.ops"},
}
# The header of every page leads to what is one's own, and staff to the admin.
NAMED_BY_ALL = {"gymsite.notifications", "gymsite.accounts", "gymsite.dashboard"}
COLLECT = {"gymsite.ops", "gymsite.dashboard"}  # something of every app
LAYERED = [package for package in MAY_IMPORT if package not in COLLECT]

# Inside an app, a layer may import the ones named. A module of no layer (money, mail,
# gateways) may be used by all, and counts as a part of its user: what it imports, its
# user imports.
BOTTOM = {"models", "errors"}
READING = {"queries", "rules", *BOTTOM}
WRITING = {"operations", "locks", *READING}
SHOWING = {"views", "forms", "access", *WRITING}
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "models": {"errors"},
    "rules": BOTTOM,
    "locks": BOTTOM,
    "queries": READING,
    "operations": WRITING,
    "access": READING,
    "forms": READING,
    "views": SHOWING,
    "urls": SHOWING,
    "api": SHOWING,
    "admin": SHOWING,
    "tasks": SHOWING,
    "management": SHOWING,
}
PUBLIC = {"models", "queries", "operations", "errors", "event_kinds"}
TOOLS_PRIVATE = {"views", "urls", "api", "admin", "tasks", "management"}

# Each tool stands alone, except that a tool that needs a brand takes the seed's.
TOOLS = {"seed", "audit", "reconcile", "bench", "loadtest", "prove", "indexlab"}
SHARED = {"rig", "reporting", "invariants"}

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
LONGEST_VIEW = 25
LONGEST_COMMAND = 60

# One story each, told from top to bottom: most are an operation's locks, judgement,
# writes and record, or the columns of a table that the seed makes.
LONGER = {
    "bookings.operations._promotion.promote_waitlist",
    "bookings.operations.appointments.book_appointment",
    "bookings.operations.appointments.move_appointment",
    "bookings.operations.bookings.cancel_booking",
    "bookings.operations.checkins.check_in",
    "bookings.operations.closed_accounts.release_member",
    "bookings.operations.sessions.reschedule_session",
    "gymsite.ops.bench.cast.__init__",
    "gymsite.ops.loadtest.actors.ask",
    "gymsite.ops.loadtest.people.plan",
    "gymsite.ops.prove.places._judge_answers",
    "gymsite.ops.reconcile.check.ask_all",
    "gymsite.ops.seed.catalog._blueprint",
    "gymsite.ops.seed.copy.jobs_for",
    "gymsite.ops.seed.tables.allowances.allowances",
    "gymsite.ops.seed.tables.bookings._bookings",
    "gymsite.ops.seed.tables.bookings._line",
    "gymsite.ops.seed.tables.incoming._arrivals",
    "gymsite.ops.seed.tables.rentals.rentals",
    "gymsite.ops.seed.tables.sessions.session_table",
    "gymsite.ops.seed.tables.stock.stock_tables",
    "gymsite.ops.seed.tables.timetable.trainer_table",
    "memberships.operations.memberships._start",
}


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """Each module of a package, with its file.

    A package that does not exist yet has none.
    """
    for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "migrations" not in parts:
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(module: str, path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """Every dotted name that a module imports, relative ones resolved."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: 1 - node.level or None] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{source}.{alias.name}", node) for alias in node.names)


def package_of(name: str) -> str | None:
    return max(
        (package for package in MAY_IMPORT if f"{name}.".startswith(f"{package}.")),
        key=len,
        default=None,
    )


def part_of(name: str, package: str) -> str:
    """The part of its app that a module belongs to.

    It is "models" for bookings.models.rooms.
    """
    return name.removeprefix(package).lstrip(".").partition(".")[0]


def own_python() -> Iterator[tuple[str, Path]]:
    for package in ("gymsite", "memberships", "bookings", "catalog"):
        yield from modules(package)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return node.end_lineno - node.lineno + 1


def where(path: Path, node: ast.stmt) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_packages_import_only_what_stands_above_them():
    wrong = [
        f"{where(path, node)} imports {name}"
        for package, allowed in MAY_IMPORT.items()
        for module, path in modules(package)
        for name, node in imports(module, path)
        if (target := package_of(name)) and target != package and target not in allowed
    ]
    assert wrong == []


def test_foreign_keys_follow_the_same_table():
    wrong = []
    for model in apps.get_models():
        package = package_of(model.__module__)
        for field in model._meta.get_fields():
            if package and field.is_relation and field.concrete and field.related_model:
                target = package_of(field.related_model.__module__)
                if target and target != package and target not in MAY_IMPORT[package]:
                    wrong.append(f"{model._meta.label}.{field.name} -> {target}")
    assert wrong == []


def test_an_apps_invariants_read_its_own_tables_and_those_below():
    packages = {package.rpartition(".")[2]: package for package in MAY_IMPORT}
    wrong = [
        f"{module}: {invariant.name} reads {table}"
        for package in LAYERED
        for module, _ in modules(package)
        if module == f"{package}.invariants"
        for invariant in import_module(module).INVARIANTS
        for table in invariant.tables
        if packages[table.partition("_")[0]] not in {package, *MAY_IMPORT[package]}
    ]
    assert wrong == []


def test_the_tables_have_no_circle():
    done: set[str] = set()
    for package, allowed in MAY_IMPORT.items():
        assert allowed <= done, package
        done.add(package)
    for layer, allowed in LAYERS.items():
        assert not {
            other for other in allowed if other != layer and layer in LAYERS[other]
        }, layer


def tools_imported(module: str, path: Path) -> set[str]:
    """The tools of gymsite.ops from which a module imports something."""
    return {
        part_of(name, "gymsite.ops")
        for name, _ in imports(module, path)
        if name.startswith("gymsite.ops.")
    } & TOOLS


def test_no_tool_imports_another():
    allowed = {tool: {tool, "seed"} for tool in TOOLS} | {
        shared: set() for shared in SHARED
    }
    places = {
        name: [f"gymsite.ops.{name}", f"gymsite.ops.management.commands.{name}"]
        for name in allowed
    }
    wrong = [
        f"{module} imports {sorted(found - allowed[name])}"
        for module, path in modules("gymsite.ops")
        for name, own in places.items()
        if any(f"{module}.".startswith(f"{part}.") for part in own)
        if (found := tools_imported(module, path)) - allowed[name]
    ]
    assert wrong == []
    assert {name for name, _ in modules("gymsite.ops")} >= {
        f"gymsite.ops.{name}" for name in allowed
    }


def test_nothing_below_the_root_imports_the_root():
    for_all = {"__init__", "settings"}
    root = {
        f"gymsite.{path.stem}"
        for path in (ROOT / "gymsite").glob("*.py")
        if path.stem not in for_all
    }
    wrong = [
        f"{where(path, node)} imports {name}"
        for package in MAY_IMPORT
        for module, path in modules(package)
        for name, node in imports(module, path)
        if any(f"{name}.".startswith(f"{part}.") for part in root)
    ]
    assert wrong == []


def layers_reached(start: str, package: str, graph: dict[str, set[str]]) -> set[str]:
    """The layers that a module of an app imports, directly or indirectly.

    The indirect ways are modules that belong to no layer.
    """
    reached, waiting, seen = set(), [start], set()
    while waiting:
        for name in graph.get(waiting.pop(), ()):
            part = part_of(name, package)
            if part in LAYERS:
                reached.add(part)
            elif name not in seen:
                seen.add(name)
                waiting.append(name)
    return reached


def graph_of(package: str) -> dict[str, set[str]]:
    """Which modules of its own app each module imports.

    A name imported from a module counts as the module.
    """
    known = dict(modules(package))
    graph: dict[str, set[str]] = {}
    for module, path in known.items():
        names = {
            name
            for name, _ in imports(module, path)
            if f"{name}.".startswith(f"{package}.")
        }
        graph[module] = {
            name if name in known else name.rpartition(".")[0] for name in names
        } - {package}
    return graph


def strings(path: Path) -> Iterator[ast.Constant]:
    """Every string of a module but its docstrings.

    Docstrings may speak of what they like.
    """
    spoken = {
        id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in spoken
        ):
            yield node


def not_for(package: str) -> set[str]:
    """The packages that a package must not name."""
    return set(MAY_IMPORT) - MAY_IMPORT[package] - {package} - NAMED_BY_ALL


@cache
def tables() -> dict[str, str]:
    """The package of each table of ours."""
    own = (model for model in apps.get_models() if not model._meta.proxy)
    found = {model._meta.db_table: package_of(model.__module__) for model in own}
    return {table: package for table, package in found.items() if package}


def foreign_tables(package: str, text: str) -> set[str]:
    return {
        word
        for word in re.findall(r"\w+", text)
        if tables().get(word) in not_for(package)
    }


def test_sql_names_only_tables_that_stand_above_it():
    wrong = [
        f"{where(path, node)} names {table}"
        for package in MAY_IMPORT
        for _, path in modules(package)
        for node in strings(path)
        for table in sorted(foreign_tables(package, node.value))
    ]
    files = [
        f"{path.relative_to(ROOT)} names {table}"
        for package in MAY_IMPORT
        for path in (ROOT / package.replace(".", "/")).rglob("*.sql")
        for table in sorted(foreign_tables(package, path.read_text()))
    ]
    assert wrong + files == []


@cache
def pages() -> dict[str, str]:
    """The package of each of our URLs' names."""
    found = {}
    for pattern in get_resolver().url_patterns:
        for route in getattr(pattern, "url_patterns", [pattern]):
            package = (
                package_of(getattr(route.callback, "__module__", ""))
                if route.callback
                else None
            )
            if package and route.name:
                found[route.name] = package
    return found


def page_at(address: str) -> str | None:
    """The package of the page at an address; the front page belongs to nobody."""
    if not re.fullmatch(r"/[\w/-]+/", address):
        return None
    try:
        return package_of(resolve(address).func.__module__)
    except Resolver404:
        return None


def known_to_name(package: str, text: str) -> bool:
    """Whether a string names something in a package that ``package`` must not know.

    The string may be an app's label, a model, permission, table or constraint, an admin
    page, a template, a URL's name or a page's path.
    """
    above = not_for(package)
    labels = {
        config.label
        for config in apps.get_app_configs()
        if package_of(config.name) in above
    }
    starts = (
        re.findall(r"(?<![\w.-])([a-z]+)(?:[._/]\w|$)", text)
        if " " not in text.strip()
        else []
    )
    return (
        bool(labels & set(starts))
        or pages().get(text) in above
        or page_at(text) in above
        or bool(foreign_tables(package, text))
    )


# Strings that are also the name of a page below, and mean something else.
MEAN_SOMETHING_ELSE = {
    "book": "a name that nobody's account may have",
    "cancel": "an act of staff",
    "join": "what a button of the style guide does",
    "pay": "a function's name",
    "trainer": "a role",
}


def test_no_package_names_what_stands_below_it():
    wrong = [
        f"{where(path, node)}: {node.value!r}"
        for package in LAYERED
        for _, path in modules(package)
        for node in strings(path)
        if node.value not in MEAN_SOMETHING_ELSE and known_to_name(package, node.value)
    ]
    assert wrong == []


TEMPLATES = ROOT / "templates"
# the product's own templates, which show what there is
DRAWS_ALL = TEMPLATES / "web/styleguide.html"
ASKED = re.compile(
    r"""\{%\s*(?:url|include|extends)\s+["']([^"']+)["']|(?:href|action|hx-\w+)="(/[^"{]*)"""
)


def owner_of(template: Path) -> str:
    """The package of a template: its app's, or the one that all pages share."""
    parts = template.relative_to(TEMPLATES).parts
    return next(
        (package for package in MAY_IMPORT if package.rpartition(".")[2] in parts),
        "gymsite.web",
    )


def test_no_template_names_what_stands_below_it():
    wrong = [
        f"{path.relative_to(TEMPLATES)}: {name}"
        for path in TEMPLATES.rglob("*.*")
        if path != DRAWS_ALL
        for found in ASKED.findall(path.read_text())
        for name in found
        if name and known_to_name(owner_of(path), name)
    ]
    assert wrong == []


def test_the_layers_of_an_app_import_only_downwards():
    wrong = []
    for package in LAYERED:
        graph = graph_of(package)
        for module in graph:
            layer = part_of(module, package)
            if layer in LAYERS:
                above = layers_reached(module, package, graph) - LAYERS[layer] - {layer}
                wrong += [
                    f"{module} reaches {package}.{other}" for other in sorted(above)
                ]
    assert wrong == []


def test_apps_use_only_the_public_parts_of_each_other():
    wrong = []
    for package in MAY_IMPORT:
        for module, path in modules(package):
            for name, node in imports(module, path):
                target = package_of(name)
                if target in {None, package}:
                    continue
                part = part_of(name, target)
                private = (
                    part in TOOLS_PRIVATE
                    if target in TOOLBOXES | ROOMS
                    else part and part not in PUBLIC
                )
                if (private and package not in COLLECT) or "._" in name:
                    wrong.append(f"{where(path, node)} imports {name}")
    assert wrong == []


def test_no_modules_import_each_other():
    """No import goes round by way of other modules, or for annotations alone."""
    known = dict(own_python())
    graph = {
        module: {
            name if name in known else name.rpartition(".")[0]
            for name, _ in imports(module, path)
        }
        & known.keys()
        for module, path in known.items()
    }
    # the packages that modules stand in import them, so that others import from there
    for module, found in graph.items():
        found -= {
            module,
            *(name for name in found if f"{module}.".startswith(f"{name}.")),
        }
    TopologicalSorter(graph).prepare()


def test_each_package_says_what_belongs_there():
    silent = [
        path.relative_to(ROOT)
        for _, path in own_python()
        if path.name == "__init__.py" and "management" not in path.parts
        if not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_nothing_is_imported_inside_a_function():
    wrong = [
        where(path, node)
        for _, path in own_python()
        if path.name != "apps.py"  # models are there only when ready() runs
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def refusals(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from refusals(one)


def test_refusals_stand_in_errors_py():
    assert get_resolver().url_patterns  # the root's pages are imported by its URLs
    for package in LAYERED:
        for module, _ in modules(package):
            if "management" not in module:
                import_module(module)
    own = {module for module, _ in own_python()}
    ours = {one.__module__ for one in refusals(DomainError)} & own
    assert len(ours) > 5
    assert {name for name in ours if not name.endswith(".errors")} == set()


def test_the_clock_is_asked_in_one_way():
    product = [
        path for module, path in own_python() if package_of(module) != "gymsite.ops"
    ]
    asked = {path for path in product if "timezone.now()" in path.read_text()}
    other = re.compile(
        r"\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(|\blocal(?:time|date)\(\)"
    )
    assert [path for path in product if other.search(path.read_text())] == []
    assert len(asked) > 30


def test_modules_and_commands_are_short():
    sizes = {
        path.relative_to(ROOT): len(path.read_text().splitlines())
        for _, path in own_python()
    }
    longer = {str(path) for path, size in sizes.items() if size > LONGEST_MODULE}
    assert longer == set()
    assert {
        path: size
        for path, size in sizes.items()
        if "commands" in path.parts and size > LONGEST_COMMAND
    } == {}


def test_functions_and_views_are_short():
    wrong, longer = [], set()
    for module, path in own_python():
        in_views = "views" in (path.stem, path.parent.name)
        for node in functions(path):
            is_view = in_views and node.args.args and node.args.args[0].arg == "request"
            if length(node) <= (LONGEST_VIEW if is_view else LONGEST_FUNCTION):
                continue
            longer.add(name := f"{module}.{node.name}")
            if name not in LONGER:
                wrong.append(f"{where(path, node)} {node.name}: {length(node)} lines")
    assert wrong == []
    assert longer == LONGER  # what has become short needs no name


def test_these_tests_see_the_code():
    """If the paths were wrong, every test above would pass on nothing."""
    assert len(list(own_python())) > 40
    assert {name for name, _ in modules("bookings")} > {
        "bookings.models.bookings",
        "bookings.operations.bookings",
    }
    assert "models" in layers_reached(
        "bookings.operations.bookings", "bookings", graph_of("bookings")
    )


@pytest.mark.parametrize(
    "text",
    [
        "bookings.booking",
        "bookings.cancel_classsession",
        "admin:catalog_order_changelist",
        "timetable",
        "catalog/_cart_link.html",
        "/shop/cart/",
        "SELECT 1 FROM core_user u JOIN memberships_membership m ON m.member_id = u.id",
    ],
)
def test_a_name_of_what_stands_below_is_seen(text):
    assert known_to_name("gymsite.core", text)
    assert not known_to_name("gymsite.ops", text)


def test_what_core_has_itself_may_be_named():
    assert not [
        text
        for text in ("core.user", "profile", "/profile/", "core_user")
        if known_to_name("gymsite.core", text)
    ]
