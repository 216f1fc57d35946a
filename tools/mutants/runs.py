"""Runs the tests of mutants, each in a process of its own that is forked from one that has imported what it can."""

import ast
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import hypothesis
import pytest

from tools.mutants.mutations import Mutation, mutate

ROOT = Path(__file__).parents[2]
_OURS = ("scraper", "spiders", "pipelines", "tests", "tools")
_SECONDS = 10
"""Of CPU time for a mutant, besides ten times what its tests take."""
_SLOW = (
    *("test_command", "reader_that_goes_away", "crawl", "megabyte", "linear", "damaged", "a_script_stays"),
    *("redis", "killed_process", "thousand", "million", "Machine", "stands_around", "any_text", "corpus"),
)
"""Words in the names of tests that start processes, measure time, take long, or need what is not in the repository."""
_UNUSED = ("xdist", "playwright", "hypothesispytest", "unraisableexception", "threadexception")
"""Plugins of pytest; so is our conftest, whose fixtures import most of the project."""


@dataclass(slots=True)
class Measured:
    """The tests of a room: how long each takes, and the functions it calls, as ``path:line``."""

    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    """The functions that run before the first test does."""
    failed: list[str] = field(default_factory=list)

    def choose(self, mutation: Mutation) -> list[str]:
        """Return the tests that run what *mutation* changes, the quickest first."""
        everything = sorted(self.seconds, key=self.seconds.__getitem__)
        if self.acts_early(mutation):
            return everything
        places = _places(mutation)
        chosen = [name for name in everything if not places.isdisjoint(self.calls[name])]
        # what is called once may be kept by an object that other tests use, too
        return [*chosen, *(name for name in everything if name not in chosen)] if len(chosen) == 1 else chosen

    def acts_early(self, mutation: Mutation) -> bool:
        """Whether *mutation* shows when modules are imported, so that they must be imported with it."""
        return mutation.function is None or not _places(mutation).isdisjoint(self.imports)


def _places(mutation: Mutation) -> set[str]:
    first, last = mutation.function or (0, -1)
    return {f"{mutation.path}:{line}" for line in range(first, last + 1)}


class _Quiet:
    """Settings of Hypothesis that make a run repeatable, for all tests that are imported after the conftest."""

    def pytest_sessionstart(self) -> None:
        hypothesis.settings.register_profile(
            "mutants", deadline=None, derandomize=True, database=None, max_examples=30, print_blob=False
        )
        hypothesis.settings.load_profile("mutants")


class _Measure(_Quiet):
    """Notes which test calls which function of *paths*."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._files = {str(ROOT / path): path for path in paths}
        self._calls: set[str] = set()
        self.measured = Measured()

    def pytest_runtestloop(self) -> None:
        self.measured.imports = sorted(self._calls)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._calls.clear()
        started = time.process_time()
        yield
        self.measured.seconds[item.nodeid] = time.process_time() - started
        self.measured.calls[item.nodeid] = sorted(self._calls)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.measured.failed.append(f"{report.nodeid}: {report.longreprtext}")

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Take what sys.setprofile gives."""
        if event == "call" and (path := self._files.get(frame.f_code.co_filename)) is not None:
            self._calls.add(f"{path}:{frame.f_code.co_firstlineno}")


class _Choose(_Quiet):
    """Runs only *names*, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places), key=lambda item: self._places[item.nodeid]
        )


class _Swap(_Quiet):
    """Collects the tests once; then each of *mutations*, all inside of functions, gets a process to run them in."""

    def __init__(self, mutations: Sequence[Mutation], measured: Measured) -> None:
        self._mutations = mutations
        self._measured = measured
        self._functions: dict[tuple[str, int], list[FunctionType]] = defaultdict(list)
        self._has_failed = False
        self.survivors: list[int] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for found in gc.get_objects():
            if isinstance(found, FunctionType):
                self._functions[found.__code__.co_filename, found.__code__.co_firstlineno].append(found)
        gc.collect()
        gc.freeze()  # a collection in a child would copy every page
        items = {item.nodeid: item for item in session.items}
        for place, mutation in enumerate(self._mutations):
            names = self._measured.choose(mutation)
            limit = _limit(names, self._measured)
            if not names or fork(lambda: self._fails(mutation, [items[name] for name in names]), limit) is False:  # noqa: B023
                self.survivors.append(place)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._has_failed = self._has_failed or report.failed

    def _fails(self, mutation: Mutation, items: Sequence[pytest.Item]) -> bool:
        assert mutation.function is not None
        code = compile(
            mutate((ROOT / mutation.path).read_text("utf-8"), mutation.number), str(ROOT / mutation.path), "exec"
        )
        mutated = _find_code(code, mutation.function[0])
        for function in self._functions[str(ROOT / mutation.path), mutation.function[0]]:
            function.__code__ = mutated
        for item in items:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self._has_failed:
                return True
        return False


def _find_code(code: CodeType, line: int) -> CodeType:
    """Return the function of *code* that begins in *line*."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    bodies = [each for each in inner if each.co_firstlineno == line and not each.co_name.startswith("<")]
    return bodies[0] if bodies else next(found for each in inner if (found := _search(each, line)) is not None)


def _search(code: CodeType, line: int) -> CodeType | None:
    try:
        return _find_code(code, line)
    except StopIteration:
        return None


class _Mutator(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the module at *path* as *tree* says."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self._name = path.removesuffix(".py").replace("/", ".")
        self._file = str(ROOT / path)
        self._code: CodeType = compile(tree, self._file, "exec")

    def find_spec(self, fullname: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self._file)

    def exec_module(self, module: Any) -> None:
        module.__file__ = self._file
        exec(self._code, module.__dict__)  # noqa: S102


def run_tests(tests: Sequence[str], *plugins: object, more: Sequence[str] = ()) -> int:
    """Run *tests* in this process and return pytest's exit code."""
    options = ["-q", "--noconftest", "--assert=plain", "-o", "cache_dir=.cache/mutants"]
    options += [f"-pno:{name}" for name in _UNUSED]
    options += ["-k", " and ".join(f"not {word}" for word in _SLOW), *more]
    return int(pytest.main([*options, *tests], plugins=list(plugins)))


def fork(work: Callable[[], Any], seconds: float | None = None) -> Any:
    """Run *work* in a process of its own and return its result, carried as JSON; None for a process that was ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work_alone(work, writer, seconds)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else None


def _work_alone(work: Callable[[], Any], writer: int, seconds: float | None) -> None:
    try:
        if seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
            signal.alarm(20 * int(seconds))  # for one that sleeps, on a busy machine
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        said = work()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps(said).encode())
    finally:
        os._exit(0)


def warm_up(tests: Sequence[str]) -> None:
    """Import whatever our packages and *tests* import, but not themselves."""

    def list_modules() -> list[str]:
        run_tests(tests, more=["--collect-only"])
        return [name for name in sys.modules if name.partition(".")[0] not in _OURS]

    for name in fork(list_modules) or ():
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def measure(tests: Sequence[str], paths: Sequence[str]) -> Measured:
    """Run *tests* and return what they call of *paths*; raise SystemExit where one fails."""

    def run() -> dict[str, Any]:
        plugin = _Measure(paths)
        sys.setprofile(plugin.note)
        threading.setprofile(plugin.note)
        code = run_tests(tests, plugin)
        sys.setprofile(None)
        found = plugin.measured
        if code and not found.failed:
            found.failed.append(f"pytest ended with {code}")
        return {name: getattr(found, name) for name in Measured.__dataclass_fields__}

    found = Measured(**(fork(run) or {"failed": ["pytest did not end"]}))
    if found.failed:
        raise SystemExit("\n".join(["all tests must pass before anything is changed", *found.failed]))
    return found


def find_survivors(mutations: Sequence[Mutation], tests: Sequence[str], measured: Measured) -> list[Mutation]:
    """Return those of *mutations* with which no test fails."""
    late = [one for one in mutations if not measured.acts_early(one)]

    def swap() -> list[int]:
        plugin = _Swap(late, measured)
        run_tests(tests, plugin)
        return plugin.survivors

    places = fork(swap) if late else []
    if places is None:
        raise SystemExit("pytest did not end")
    left = {late[place] for place in places}
    left |= {one for one in mutations if measured.acts_early(one) and not _fails_imported(one, measured)}
    return [one for one in mutations if one in left]


def _fails_imported(mutation: Mutation, measured: Measured) -> bool:
    names = measured.choose(mutation)
    files = sorted({name.partition("::")[0] for name in names})
    tree = mutate((ROOT / mutation.path).read_text("utf-8"), mutation.number)

    def run() -> int:
        sys.meta_path.insert(0, _Mutator(mutation.path, tree))
        return run_tests(files, _Choose(names), more=["-x"])

    return bool(fork(run, _limit(names, measured)) != 0)


def _limit(names: Sequence[str], measured: Measured) -> float:
    return _SECONDS + 10 * sum(measured.seconds[name] for name in names)
