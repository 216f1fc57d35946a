#!/usr/bin/env python3
"""The rules of the tree that ruff, mypy and import-linter cannot express: a part of `make check`."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

PACKAGES = ("scraper", "spiders", "pipelines")
LOOSE = {"__init__", "addons", "errors", "settings", "version"}
"""The modules of scraper/ outside of packages."""
LONGEST = 400
"""Most lines of a module."""
COMMANDS = "scraper/commands/*"
"""Scrapy takes a command's name from its module; the classes are all called Command."""
TAKES_SERVICES = (
    "scraper/runtime/per_crawler.py",
    "scraper/*/services.py",
    # made by Scrapy, which passes them only the crawler
    "scraper/cli/*",
    "scraper/commands/*",
    "scraper/crawl/spider.py",
    "scraper/doctor/spider.py",
    "scraper/extensions/*",
    "scraper/fetch/middlewares/*",
    "scraper/fetch/transport/downloader.py",
    "scraper/fetch/handler.py",
    "pipelines/*",
)
"""Modules that may fetch shared objects from a crawler; all others get their collaborators passed in."""
UNIT = "tests/unit/"
"""The pure tests: `make quick` runs them."""
LAB_FIXTURES = {"clean_lab", "guest", "lab", "redis_server", "start_lab"}
NAMING = {"getfixturevalue", "usefixtures"}
"""Calls that name fixtures."""
LAB_MODULES = (
    "subprocess",
    "tests.lab",
    "tests.support.crawling",
    "tests.support.lab_files",
    "tests.support.ledgers",
    "tests.support.nursery",
    "tests.support.played",
)
"""Modules that start a lab, a crawl, a Redis or another process, or that make media files."""
_TEST_IMPORT = re.compile(r"\b(?:from|import)\s+tests\.(?:\w+\.)*test_\w+")


@dataclass(frozen=True, slots=True)
class Fault:
    """A path or the name of a class that breaks a rule, and the problem."""

    what: str
    problem: str


@dataclass(frozen=True, slots=True)
class Module:
    """A file of Python below the root, read once for all rules."""

    path: str
    text: str
    tree: ast.Module


def main(root: Path) -> int:
    """Print the faults of the tree at *root*; return the exit code."""
    faults = list(find_faults(root))
    for fault in faults:
        print(f"{fault.what}: {fault.problem}", file=sys.stderr)
    return 1 if faults else 0


def find_faults(root: Path) -> Iterator[Fault]:
    """Yield the faults of the tree at *root*."""
    code = [module for package in PACKAGES for module in read_modules(root, package)]
    yield from find_loose(code)
    yield from find_long(code)
    yield from find_same_names(code)
    yield from find_takers(code)
    tests = read_modules(root, "tests")
    yield from find_imported_tests(tests)
    yield from find_impure(tests)


def read_modules(root: Path, folder: str) -> list[Module]:
    """Read all modules below *folder*."""
    found = []
    for path in sorted((root / folder).rglob("*.py")):
        text = path.read_text("utf-8")
        found.append(Module(path.relative_to(root).as_posix(), text, ast.parse(text)))
    return found


def find_loose(code: list[Module]) -> Iterator[Fault]:
    """Yield modules of scraper/ outside of packages that are not in LOOSE."""
    for module in code:
        if module.path.count("/") == 1 and module.path.startswith("scraper/") and Path(module.path).stem not in LOOSE:
            yield Fault(module.path, "a loose module: move it into the package that it belongs to")


def find_long(code: list[Module]) -> Iterator[Fault]:
    """Yield modules with more than LONGEST lines."""
    for module in code:
        if (lines := len(module.text.splitlines())) > LONGEST:
            yield Fault(module.path, f"expected at most {LONGEST} lines, got {lines}")


def find_same_names(code: list[Module]) -> Iterator[Fault]:
    """Yield the names that several classes have; private names do not count."""
    places = defaultdict(list)
    for module in code:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module.path)
    for name, paths in places.items():
        others = [path for path in paths if not (name == "Command" and fnmatch(path, COMMANDS))]
        if len(paths) > 1 and others:
            yield Fault(name, f"classes of one name in {', '.join(paths)}")


def find_takers(code: list[Module]) -> Iterator[Fault]:
    """Yield modules that fetch shared objects from a crawler (``Class.of(crawler)``) and are not in TAKES_SERVICES."""
    for module in code:
        if any(fnmatch(module.path, allowed) for allowed in TAKES_SERVICES):
            continue
        lines = [
            str(node.lineno) for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _takes_services(node)
        ]
        if lines:
            asked = f"fetches a shared object from the crawler in line {', '.join(lines)}"
            yield Fault(module.path, f"{asked}: pass it in from the package's services.py")


def _takes_services(call: ast.Call) -> bool:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "of"):
        return False
    given = [ast.unparse(argument) for argument in (*call.args, *(keyword.value for keyword in call.keywords))]
    return any(argument.rpartition(".")[2].lstrip("_") == "crawler" for argument in given)


def find_imported_tests(tests: list[Module]) -> Iterator[Fault]:
    """Yield imports of test modules, also in code that a test holds as text: shared helpers belong in tests/support."""
    for module in tests:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.stmt | ast.expr) and (name := _imported_test(node)) is not None:
                yield Fault(module.path, f"imports a test module in line {node.lineno}: {name}")


def _imported_test(node: ast.stmt | ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = _TEST_IMPORT.search(node.value)
        return found and found[0]
    parts = ((name, name.split(".")) for name in _imported_names(node))
    return next((n for n, p in parts if p[0] == "tests" and any(part.startswith("test_") for part in p)), None)


def _imported_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        start = "tests." if node.level else ""
        return [f"{start}{node.module or ''}.{alias.name}" for alias in node.names]
    return []


def find_impure(tests: list[Module]) -> Iterator[Fault]:
    """Yield the modules of the pure tests that use a lab, a crawl, a Redis or another process."""
    for module in tests:
        if not module.path.startswith(UNIT):
            continue
        for node in ast.walk(module.tree):
            for name in (*_lab_fixtures(node), *_lab_modules(node)):
                yield Fault(module.path, f"uses {name}: move the test out of {UNIT}")


def _lab_fixtures(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in NAMING:
        names = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
    else:
        return []
    return [name for name in names if name in LAB_FIXTURES]


def _lab_modules(node: ast.AST) -> list[str]:
    return [name for name in _imported_names(node) if f"{name}.".startswith(tuple(f"{each}." for each in LAB_MODULES))]


if __name__ == "__main__":
    raise SystemExit(main(Path(__file__).parents[1]))
