"""What every platform must bring along: its links with cases, saved answers, a corpus map, a page in the docs."""

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scraper.commands.links import read_line
from scraper.core.errors import ErrorCode
from scraper.core.links import Ref, Rejected
from scraper.core.linktable import UNWRAP
from scraper.platform import Platform, Site, load, recogniser
from tests.crawling import ROOT
from tests.platforms.payloads import CASES, PAYLOADS

SITES = load(("spiders",))
KNOWN = recogniser(SITES.values())
DOCS = (ROOT / "docs/platforms.md").read_text("utf-8")
each_site = pytest.mark.parametrize("site", SITES.values(), ids=SITES)


@cache
def link_cases(name: str) -> list[dict[str, Any]]:
    file = PAYLOADS / name / "links.jsonl"
    assert file.exists(), f"{name} has no link cases: write tests/platforms/{name}/links.jsonl with scrapy links"
    return [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]


@each_site
def test_links_are_what_the_cases_say(site: Site) -> None:
    wrong = [(case, found) for case in link_cases(site.name) if (found := read_line(case["input"], KNOWN)) != case]
    assert wrong == []


@each_site
def test_a_canonical_link_is_its_own(site: Site) -> None:
    for ref in (ref for case in link_cases(site.name) for ref in case["refs"]):
        assert KNOWN.match(ref["url"]) == Ref(**ref)
        assert ref["url"].startswith("https://")


@each_site
def test_every_form_has_a_case(site: Site) -> None:
    refs = [ref for case in link_cases(site.name) for ref in KNOWN.find(case["input"])]
    texts = [case["input"] for case in link_cases(site.name)]
    for row in site.links:
        rest = [other for other in site.links if other is not row]
        alone = recogniser([_with(site, (row,))])
        if row.kind == UNWRAP:  # it gives nothing of its own: without it something must change
            without = recogniser([_with(site, tuple(rest))])
            assert any(without.find(text) != KNOWN.find(text) for text in texts), f"{row.path} has no case"
        else:
            assert any(ref in refs for text in texts for ref in alone.find(text) if isinstance(ref, Ref)), row.path
    for form in site.ids:
        without = recogniser([_with(site, site.links, ids=tuple(other for other in site.ids if other is not form))])
        assert any(without.find(text) != KNOWN.find(text) for text in texts), f"{form.text} has no case"


def _with(site: Site, links: Any, ids: Any = ()) -> Site:
    """Return *site* with other links."""
    other = type("Other", (type(site),), {"links": links, "ids": ids})()
    assert isinstance(other, Site)
    return other


@each_site
def test_cases_hold_lookalikes_and_unknown_forms(site: Site) -> None:
    reasons = {one["reason"] for case in link_cases(site.name) for one in case["rejected"]}
    assert {ErrorCode.HOST_NOT_ALLOWED, ErrorCode.UNKNOWN_RESOURCE} <= reasons
    assert len(link_cases(site.name)) >= 60


@each_site
def test_nothing_is_sent_to_hosts_of_others(site: Site) -> None:
    """A link of a mirror, or of the same house, is rewritten or has a kind that is never fetched."""
    for row in (row for row in site.links if any(not site.owns(host) for host in row.hosts)):
        leads_home = site.owns(row.canonical.removeprefix("https://").partition("/")[0])
        assert leads_home or row.kind not in getattr(site, "kinds", ())
    assert all(site.owns(host) for row in site.links if row.kind == "short" for host in row.hosts)


@each_site
def test_a_home_page_is_no_form(site: Site) -> None:
    for domain in site.domains:
        found = KNOWN.match(f"https://www.{domain}/")
        assert isinstance(found, Rejected)
        wanted = ErrorCode.HOST_NOT_ALLOWED if domain in site.rented else ErrorCode.UNKNOWN_RESOURCE
        assert found.reason is wanted


@each_site
def test_saved_answers_are_there(site: Site) -> None:
    cases = [case for case in CASES if case.parts[-4] == site.name]
    assert cases, f"{site.name} has no saved answer: make tests/platforms/{site.name}/payloads/CASE/"
    assert [case for case in cases if not case.with_name("output.json").exists()] == []
    errors = [case for case in cases if "error" in json.loads(case.with_name("output.json").read_text("utf-8"))]
    assert 0 < len(errors) < len(cases), f"{site.name}: give answers with and without a post"


@each_site
def test_the_corpus_map_is_there(site: Site) -> None:
    corpus = import_module(f"tests.platforms.{site.name}.corpus")
    for name in ("COUNT", "OF_POST", "OF_ANSWER", "POST_AT", "NOT_IN_A_RECORD", "end_of"):
        assert hasattr(corpus, name), f"tests/platforms/{site.name}/corpus.py has no {name}"


@each_site
def test_the_docs_name_kinds_and_domains(site: Site) -> None:
    section = DOCS.partition(f"## {site.title}\n")[2].partition("\n## ")[0]
    assert section, f"docs/platforms.md has no section {site.title}"
    fetched = next((line for line in section.split("\n") if line.startswith("| Fetched kinds")), "")
    kinds = {row.kind for row in site.links} - {"short", UNWRAP}
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in section] == []
    assert [domain for domain in site.domains if domain not in section] == []
    assert "**Links.**" in section
    if isinstance(site, Platform):
        assert [kind for kind in sorted(site.kinds) if f"`{kind}`" not in fetched] == []


def test_platforms_have_no_folder_too_many() -> None:
    folders = {path.parent.name for path in Path(ROOT / "tests/platforms").glob("*/links.jsonl")}
    assert folders == set(SITES)
