"""The parts that every platform must have: links with cases, saved answers, a corpus map, a page in the docs."""

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from scraper.commands.links import read_line
from scraper.errors import ErrorCode
from scraper.fetch.scope import BrowserScope
from scraper.links.pattern import UNWRAP
from scraper.links.recogniser import Rejected
from scraper.model.ref import Ref
from scraper.platform.contract import Platform
from scraper.platform.registry import load, recogniser
from scraper.platform.session_rules import SessionRules
from tests.platforms.payloads import CASES, PAYLOADS
from tests.support.sites import KNOWN
from tests.support.tree import ROOT

PLATFORMS = load(("spiders",))
DOCS = (ROOT / "docs/platforms.md").read_text("utf-8")
each_platform = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)


@cache
def link_cases(name: str) -> list[dict[str, Any]]:
    file = PAYLOADS / name / "links.jsonl"
    assert file.exists(), f"{name} has no link cases: write tests/platforms/{name}/links.jsonl with scrapy links"
    return [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]


@each_platform
def test_links_are_what_the_cases_say(platform: Platform) -> None:
    wrong = [(case, found) for case in link_cases(platform.name) if (found := read_line(case["input"], KNOWN)) != case]
    assert wrong == []


@each_platform
def test_a_canonical_link_is_its_own(platform: Platform) -> None:
    for ref in (ref for case in link_cases(platform.name) for ref in case["refs"]):
        assert KNOWN.match(ref["url"]) == Ref(**ref)
        assert ref["url"].startswith("https://")


@each_platform
def test_every_form_has_a_case(platform: Platform) -> None:
    refs = [ref for case in link_cases(platform.name) for ref in KNOWN.find(case["input"])]
    texts = [case["input"] for case in link_cases(platform.name)]
    for row in platform.links:
        rest = [other for other in platform.links if other is not row]
        alone = recogniser([_with(platform, (row,))])
        if row.kind == UNWRAP:  # it adds no value itself: without it something must change
            without = recogniser([_with(platform, tuple(rest))])
            assert any(without.find(text) != KNOWN.find(text) for text in texts), f"{row.path} has no case"
        else:
            assert any(ref in refs for text in texts for ref in alone.find(text) if isinstance(ref, Ref)), row.path
    for form in platform.ids:
        without = recogniser(
            [_with(platform, platform.links, ids=tuple(other for other in platform.ids if other is not form))]
        )
        assert any(without.find(text) != KNOWN.find(text) for text in texts), f"{form.text} has no case"


def _with(platform: Platform, links: Any, ids: Any = ()) -> Platform:
    """Return *platform* with other links."""
    other = type("Other", (type(platform),), {"links": links, "ids": ids})()
    assert isinstance(other, Platform)
    return other


@each_platform
def test_cases_hold_lookalikes_and_unknown_forms(platform: Platform) -> None:
    reasons = {one["reason"] for case in link_cases(platform.name) for one in case["rejected"]}
    assert {ErrorCode.HOST_NOT_ALLOWED, ErrorCode.UNKNOWN_RESOURCE} <= reasons
    assert len(link_cases(platform.name)) >= 60


@each_platform
def test_nothing_is_sent_to_hosts_of_others(platform: Platform) -> None:
    """A link of a mirror, or of the same company, is rewritten or has a kind that is never fetched."""
    for row in (row for row in platform.links if any(not platform.owns(host) for host in row.hosts)):
        leads_home = platform.owns(row.canonical.removeprefix("https://").partition("/")[0])
        assert leads_home or row.kind not in platform.kinds
    assert all(platform.owns(host) for row in platform.links if row.kind == "short" for host in row.hosts)


@each_platform
def test_the_browser_reaches_pages_and_no_media_server(platform: Platform) -> None:
    if not isinstance(platform.session, SessionRules):
        return
    visit = BrowserScope(platform=platform.name, rules=platform.session, owns=platform.owns, reads_cookies=False)
    assert visit.reaches(urlsplit(platform.session.mint_url).hostname or "")
    assert not visit.reaches("example.com")
    named = {host for rule in platform.cdn for host in rule.hosts}
    assert named.issuperset(platform.session.blocks)
    for pattern in platform.session.blocks:
        host = "x" + pattern.replace("*", "")
        assert platform.owns(host)
        assert not visit.reaches(host)


@each_platform
def test_a_home_page_is_no_form(platform: Platform) -> None:
    for domain in platform.domains:
        found = KNOWN.match(f"https://www.{domain}/")
        assert isinstance(found, Rejected)
        wanted = ErrorCode.HOST_NOT_ALLOWED if domain in platform.rented else ErrorCode.UNKNOWN_RESOURCE
        assert found.reason is wanted


@each_platform
def test_saved_answers_are_there(platform: Platform) -> None:
    cases = [case for case in CASES if case.parts[-4] == platform.name]
    assert cases, f"{platform.name} has no saved answer: make tests/platforms/{platform.name}/payloads/CASE/"
    assert [case for case in cases if not case.with_name("output.json").exists()] == []
    errors = [case for case in cases if "error" in json.loads(case.with_name("output.json").read_text("utf-8"))]
    assert 0 < len(errors) < len(cases), f"{platform.name}: give answers with and without a post"


@each_platform
def test_the_corpus_map_is_there(platform: Platform) -> None:
    corpus = import_module(f"tests.platforms.{platform.name}.corpus")
    for name in ("COUNT", "OF_POST", "OF_ANSWER", "POST_AT", "NOT_IN_A_RECORD", "end_of"):
        assert hasattr(corpus, name), f"tests/platforms/{platform.name}/corpus.py has no {name}"


@each_platform
def test_the_docs_name_kinds_and_domains(platform: Platform) -> None:
    section = DOCS.partition(f"## {platform.title}\n")[2].partition("\n## ")[0]
    assert section, f"docs/platforms.md has no section {platform.title}"
    fetched = next((line for line in section.split("\n") if line.startswith("| Fetched kinds")), "")
    kinds = {row.kind for row in platform.links} - {"short", UNWRAP}
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in section] == []
    assert [domain for domain in platform.domains if domain not in section] == []
    assert "**Links.**" in section
    assert [kind for kind in sorted(platform.kinds) if f"`{kind}`" not in fetched] == []


def test_platforms_have_no_folder_too_many() -> None:
    folders = {path.parent.name for path in Path(ROOT / "tests/platforms").glob("*/links.jsonl")}
    assert folders == set(PLATFORMS)
