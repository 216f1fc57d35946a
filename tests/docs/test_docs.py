"""What the docs promise is what the code has."""

import re
from dataclasses import is_dataclass
from pathlib import Path

import pytest
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

from scraper import settings
from scraper.doctor.diagnosis import Culprit
from scraper.doctor.stages import STAGES
from scraper.errors import STATUS, ErrorCode, MediaCause
from scraper.exports import tables
from scraper.exports.summary_columns import COLUMNS
from scraper.model import post as items
from scraper.options import catalogue
from scraper.platform.registry import load
from tests.support import fields
from tests.support.crawling import scrapy
from tests.support.tree import ROOT
from tools import settings_page

README = (ROOT / "README.md").read_text("utf-8")
OUTPUTS = (ROOT / "docs/outputs.md").read_text("utf-8")
SETTINGS = (ROOT / "docs/settings.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
LOADER = SpiderLoader(get_project_settings())
CODE = ("scraper", "spiders", "pipelines", "tests", "tools")
TERMS = ["Platform", "Seeds", "Session", "Caveats"]


def test_the_page_of_settings_is_that_of_the_rows() -> None:
    assert settings_page.write_page() == SETTINGS, "type `python tools/settings_page.py`"
    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE)) == sorted(catalogue.SETTINGS)


def test_every_setting_says_one_thing_in_one_sentence() -> None:
    for row in catalogue.SETTINGS.values():
        assert row.says.strip()[:1] != "", row.name
        assert not row.says.endswith("."), row.name
        assert "\n" not in row.says, row.name
        assert row.read({}) is not None or row.default == "", row.name  # its own default is right


def test_settings_are_read_by_their_rows_alone() -> None:
    """A row expands paths and checks bounds; who takes the value as it was written does neither."""
    code = {path: path.read_text("utf-8") for folder in ("scraper", "spiders", "pipelines") for path in (ROOT / folder).rglob("*.py")}
    names = "|".join(name for name in catalogue.SETTINGS if name not in ("LOG_FILE", "LOG_LEVEL"))
    raw = re.compile(rf"""settings(?:\.get(?!priority)\w*)?[\[(]["'](?:{names})["']""")
    assert [path.name for path, text in code.items() if raw.search(text)] == []
    assert [path.name for path, text in code.items() if "expanduser(" in text] == ["values.py"]


def test_outputs_has_every_code_under_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}(?: / \d{3})*) \| (.+) \|$", OUTPUTS, re.MULTILINE)
    found: dict[str, int] = {}
    for statuses, cells in rows:
        numbers = [int(number) for number in statuses.split(" / ")]
        groups = cells.split(" / ") if len(numbers) > 1 else [cells]
        for number, group in zip(numbers, groups, strict=True):
            found |= {code: number for code in re.findall(r"`([a-z_]+)`", group) if code in set(ErrorCode)}
    assert {ErrorCode(code): number for code, number in found.items() if number != 200} == STATUS
    assert all(f"`{cause}`" in OUTPUTS for cause in MediaCause)


@pytest.mark.parametrize("name", LOADER.list())
def test_a_spider_s_docstring_is_a_form(name: str) -> None:
    lines = (LOADER.load(name).__doc__ or "").splitlines()
    assert [line.strip() for line in lines if re.match(r" {4}\S", line)] == TERMS


def test_every_path_and_command_the_docs_name_exists() -> None:
    for name in ("README.md", *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))):
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert ((ROOT / name).parent / target).exists(), f"{name}: {target}"
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets
    commands = scrapy("-h").stdout
    assert all(f"\n  {command} " in commands for command in set(re.findall(r"scrapy ([a-z]+)", README)))


def test_every_module_the_docs_name_exists() -> None:
    """By its path, or the end of it; NAME stands for any platform. Decisions speak also of what is gone, or to come."""
    known = [f"/{path.relative_to(ROOT).as_posix()}" for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    for page in {ROOT / "README.md", *(ROOT / "docs").rglob("*.md")} - {ROOT / "docs/decisions.md"}:
        for name in re.findall(r"`([a-zA-Z_/]+\.py)", page.read_text("utf-8")):
            ending = re.compile(f".*/{name.replace('NAME', '[a-z]+')}")
            assert any(map(ending.fullmatch, known)), f"{page.relative_to(ROOT)}: {name}"


def test_stats_that_operations_names_are_counted_somewhere() -> None:
    code = "".join(path.read_text("utf-8") for path in Path(ROOT / "scraper").rglob("*.py"))
    for stat in re.findall(r"`((?:seeds|session|browser|media|hosts|proxy|drift)/[a-z_]+)", OPERATIONS):
        assert stat in code, stat


def test_outputs_describes_every_field_as_its_docstring_does() -> None:
    """The tables are made of the docstrings; where they differ the page is written anew: look at it and commit it."""
    path = ROOT / "docs/outputs.md"
    page = path.read_text("utf-8")
    path.write_text(fields.fill(page), "utf-8")
    assert fields.fill(page) == page
    kinds = [kind for kind in vars(items).values() if is_dataclass(kind) and isinstance(kind, type)]
    named = {name.rpartition(".")[2] for name in fields.named(page)}
    assert named == {kind.__name__ for kind in (*kinds, *tables.TABLES)}
    assert all(f"`{name}`" in page for name in (*COLUMNS, *settings.ENVELOPE_SHAPES))


def test_the_changelog_has_a_line_for_now() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_doctor_s_page_has_every_stage_and_culprit() -> None:
    text = (ROOT / "docs/doctor.md").read_text("utf-8")
    assert all(f"`{word}`" in text for word in (*STAGES, *Culprit))


def test_every_service_whose_cookies_can_be_given_is_named() -> None:
    services = [service for platform in load(("spiders",)).values() for service in platform.accounts]
    assert all(f"`{service.name}`" in README for service in services)
