"""`tools/house.py`: each rule of the tree fails on an offender, and on nothing else."""

from pathlib import Path

import pytest

from tests.conftest import LONGEST
from tests.support.tree import ROOT
from tools.house import PACKAGES, Fault, find_faults, main

GIVEN = "made = Pacer.of({})\n"
TEST = "tests.crawl.test_{}"
"""Written in this way because this file would otherwise be an offender itself."""


def faults(root: Path, **files: str) -> list[Fault]:
    """Write *files* into the tree at *root*, ``__`` for a slash; return its faults."""
    for package in (*PACKAGES, "tests"):
        write(root, f"{package}/__init__.py", "")
    for name, text in files.items():
        write(root, f"{name.replace('__', '/')}.py", text)
    return list(find_faults(root))


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")


def test_a_loose_module_is_found(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, scraper__errors="", scraper__settings="", scraper__helpers="", scraper__text__values="", spiders__hybrid="")
    assert fault.what == "scraper/helpers.py"
    assert fault.problem.startswith("a loose module")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_long_module_is_found(tmp_path: Path, package: str) -> None:
    assert faults(tmp_path, **{f"{package}__a__b": "\n" * 400, "tests__test_a": "\n" * 999}) == []
    found = faults(tmp_path, **{f"{package}__a__b": "\n" * 401})
    assert found == [Fault(f"{package}/a/b.py", "expected at most 400 lines, got 401")]


def test_two_classes_of_one_name_are_found(tmp_path: Path) -> None:
    run = "class Run:\n    pass\n"
    found = faults(tmp_path, scraper__runs__a=run, spiders__x__b=f"def make():\n    {run.replace('  ', '      ')}", tests__a=run)
    assert found == [Fault("Run", "classes of one name in scraper/runs/a.py, spiders/x/b.py")]


def test_private_classes_and_those_of_commands_have_names_of_their_own(tmp_path: Path) -> None:
    private, command = "class _Run:\n    pass\n", "class Command:\n    pass\n"
    files = {"scraper__a__a": private, "scraper__a__b": private, "scraper__commands__a": command, "scraper__commands__b": command}
    assert faults(tmp_path, **files) == []
    (fault,) = faults(tmp_path, scraper__cli__a=command)
    assert fault.what == "Command"


@pytest.mark.parametrize("crawler", ["crawler", "self.crawler", "self._crawler", "crawler=crawler"])
def test_a_part_that_takes_what_it_is_to_be_handed_is_found(tmp_path: Path, crawler: str) -> None:
    (fault,) = faults(tmp_path, scraper__media__piece=f"\n{GIVEN.format(crawler)}")
    assert fault.what == "scraper/media/piece.py"
    assert "in line 2" in fault.problem


@pytest.mark.parametrize(
    "name", ["scraper__media__services", "scraper__fetch__sessions__services", "scraper__extensions__live", "scraper__crawl__spider", "pipelines__media"]
)
def test_what_scrapy_makes_and_services_may_take_it(tmp_path: Path, name: str) -> None:
    assert faults(tmp_path, **{name: GIVEN.format("crawler")}) == []


def test_no_other_of_is_meant(tmp_path: Path) -> None:
    assert faults(tmp_path, spiders__x__payload__answer="found = VERDICTS.of(detail)\n") == []


@pytest.mark.parametrize(
    "text",
    [
        f"from {TEST.format('a')} import many\n",
        f"import {TEST.format('a')}\n",
        "from tests.crawl import test_a\n",
        "from . import test_a\n",
        "from .test_a import many\n",
        f"CODE = '''\nfrom {TEST.format('a')} import many\n'''\n",
    ],
)
def test_an_import_of_a_test_module_is_found(tmp_path: Path, text: str) -> None:
    (fault,) = faults(tmp_path, tests__crawl__test_a="", tests__crawl__test_b=text)
    assert fault.what == "tests/crawl/test_b.py"
    assert "imports a test module in line" in fault.problem


def test_imports_of_support_are_fine(tmp_path: Path) -> None:
    text = "from tests.support.labs import many\nfrom test_a import b\nfrom tests.support import labs\n"
    assert faults(tmp_path, tests__crawl__test_a="", tests__crawl__test_b=text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def test_a(lab: object) -> None: ...\n", "lab"),
        ("async def made(*, start_lab: object) -> None: ...\n", "start_lab"),
        ('@pytest.mark.usefixtures("tmp_path", "clean_lab")\ndef test_a() -> None: ...\n', "clean_lab"),
        ('def test_a(request: object) -> None:\n    request.getfixturevalue("redis_server")\n', "redis_server"),
        ("from tests.lab.process import LabProcess\n", "tests.lab.process.LabProcess"),
        ("from tests.support import crawling\n", "tests.support.crawling"),
        ("import tests.support.nursery\n", "tests.support.nursery"),
        ("import subprocess\n", "subprocess"),
    ],
)
def test_a_pure_test_that_uses_more_is_found(tmp_path: Path, text: str, name: str) -> None:
    assert faults(tmp_path, tests__crawl__test_a=text) == []
    found = faults(tmp_path, tests__unit__media__test_a=text)
    assert found == [Fault("tests/unit/media/test_a.py", f"uses {name}: move the test out of tests/unit/")]


def test_pure_tests_may_use_the_rest_of_support(tmp_path: Path) -> None:
    text = "from tests.support.labyrinth import a\nfrom tests.support.sqlite_ledger import on_disk\nMODE = 'lab'\n"
    assert faults(tmp_path, tests__unit__media__test_a=text) == []


def test_what_is_wrong_is_printed_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faults(tmp_path)
    assert main(tmp_path) == 0
    faults(tmp_path, scraper__helpers="")
    assert main(tmp_path) == 1
    assert capsys.readouterr().err.startswith("scraper/helpers.py: a loose module: ")


def test_files_of_tests_that_begin_first_are_there() -> None:
    names = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    assert [name for name in LONGEST if name not in names] == []
