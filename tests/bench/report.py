"""How long report.html with 10,000 posts takes to make, to be painted first, and to be filtered."""

import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from scraper.browser.locate import find_browser
from scraper.core.flatten import read_post
from scraper.core.items import Author, File, Kind, Media, Post, Role, Stats, Variant
from scraper.core.record import to_record
from scraper.core.tables import RunRow, SeedRow
from scraper.report.data import ReportData
from scraper.report.page import make_page
from tests.bench.figure import Figure, Group

_POSTS = 10_000
_TRIES = 5
_PAINT, _MAKE, _FILTER = "report_10k_first_paint_ms", "report_10k_make_s", "report_10k_filter_ms"


def measure(wanted: Collection[str]) -> list[Figure]:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        began = time.perf_counter()
        path.write_text(_page(_POSTS), "utf-8")
        made = time.perf_counter() - began
        small = Path(folder) / "small.html"
        small.write_text(_page(10), "utf-8")
        browser = playwright.chromium.launch(executable_path=find_browser(None).path)
        paints, filters = zip(*(_look(browser, path) for _ in range(_TRIES)), strict=True)
        baseline = median(_look(browser, small)[0] for _ in range(_TRIES))
        browser.close()
        size = path.stat().st_size / 1e6
    note = f"median of {_TRIES}; {size:.1f} MB"
    return [
        Figure(key=_PAINT, value=median(paints), unit="ms", peer="10 posts", peer_value=baseline, note=note),
        Figure(key=_FILTER, value=median(filters), unit="ms", note="a word typed until the cards have changed"),
        Figure(key=_MAKE, value=made, unit="s", note="rows to page"),
    ]


def _look(browser: Browser, path: Path) -> tuple[float, float]:
    """Return the milliseconds until the first contentful paint, and those of a search."""
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    took = page.evaluate(
        """() => new Promise(done => {
          const began = performance.now();
          new MutationObserver(() => done(performance.now() - began)).observe(document.getElementById('posts'), {childList: true});
          document.getElementById('search').value = '7';
          document.getElementById('search').dispatchEvent(new Event('input', {bubbles: true}));
        })"""
    )
    page.close()
    return float(paint), float(took)


def _page(number: int) -> str:
    data = ReportData()
    for place in range(number):
        post = _post(place)
        record = to_record(post)
        seed = SeedRow(
            run="r", seed=f"{place}.1", code=200, error=None, raw_code=None, message="ok", url=post.url,
            router="/tiktok/video", duplicate_of=None, request_id=None, time="2026-11-28T12:00:00+00:00",
        )  # fmt: skip
        data.add(replace(seed, time=f"2026-11-28T12:{place // 60 % 60:02}:{place % 60:02}+00:00"), read_post(record, seed), record)
    run = RunRow(run="r", spider="hybrid", started=None, ended=None, reason=None, seeds=number, ok=number, failed=0)
    return make_page("Benchmark", data.make(run, {}))


def _post(place: int) -> Post:
    path = f"media/tiktok/somebody{place % 97}/tiktok_{place}_1.mp4"
    medium = Media(
        index=1,
        role=Role.VIDEO,
        duration=12.5,
        width=720,
        height=1280,
        variants=[Variant(url=f"https://v/{place}", watermark=False)],
        files=[File(variant=0, path=path, bytes=1_000_000 + place, sha256="0" * 64)],
    )
    return Post(
        platform="tiktok",
        id=str(7_500_000_000_000_000_000 + place),
        kind=Kind.VIDEO,
        url=f"https://www.tiktok.com/@somebody{place % 97}/video/{place}",
        text=f"A text of a usual length with some #tags and 表情 in it, number {place}. " * 2,
        author=Author(id=str(place % 97), handle=f"somebody{place % 97}"),
        stats=Stats(plays=place * 13, likes=place * 3, comments=place % 500, shares=place % 77),
        media=[medium],
    )


GROUP = Group((_PAINT, _MAKE, _FILTER), measure)
