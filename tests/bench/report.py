"""The time to make tables and report of 10,000 posts, and to paint and filter the report."""

import time
from collections.abc import Callable, Collection
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from scraper.exports.export import REPORT, export, write_report
from scraper.exports.options import ExportOptions
from scraper.fetch.browser.locate import find_browser
from scraper.model.post import Author, File, Kind, Media, Post, Role, Stats, Variant
from scraper.model.record import to_record
from scraper.runs.folder import ENVELOPES, POSTS
from scraper.system.jsonlines import LineFile
from tests.bench.figure import Figure, Group

_POSTS = 10_000
_TRIES = 5
_PAINT, _FILTER = "report_10k_first_paint_ms", "report_10k_filter_ms"
_MAKE, _EXPORT = "report_10k_make_s", "tables_10k_make_s"
_TABLES = ExportOptions(tables=True, summary=False, report=False, guard=True)


def measure(wanted: Collection[str]) -> list[Figure]:
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        many, few = (_make_run(Path(name) / str(number), number) for number in (_POSTS, 10))
        tables, made = _timed(partial(export, many, _TABLES, ())), _timed(partial(write_report, many))
        write_report(few)
        browser = playwright.chromium.launch(executable_path=find_browser(None).path)
        paints, filters = zip(*(_look(browser, many / REPORT) for _ in range(_TRIES)), strict=True)
        baseline = median(_look(browser, few / REPORT)[0] for _ in range(_TRIES))
        browser.close()
        size = (many / REPORT).stat().st_size / 1e6
    note = f"median of {_TRIES}; {size:.1f} MB"
    return [
        Figure(key=_PAINT, value=median(paints), unit="ms", peer="10 posts", peer_value=baseline, note=note),
        Figure(key=_FILTER, value=median(filters), unit="ms", note="a word typed until the cards have changed"),
        Figure(key=_MAKE, value=made, unit="s", note="envelopes and records to page"),
        Figure(key=_EXPORT, value=tables, unit="s", note="posts.csv and posts.db"),
    ]


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _look(browser: Browser, path: Path) -> tuple[float, float]:
    """Return the milliseconds until the first contentful paint, and those of a search."""
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
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


def _make_run(folder: Path, number: int) -> Path:
    """Write the files that a run of *number* posts leaves."""
    folder.mkdir()
    with closing(LineFile(folder / ENVELOPES)) as envelopes, closing(LineFile(folder / POSTS)) as posts:
        for place in range(number):
            post = _post(place)
            posts.append(to_record(post))
            time_of = f"2026-11-28T12:{place // 60 % 60:02}:{place % 60:02}+00:00"
            line: dict[str, object] = {"seed": post.seed, "code": 200, "router": "/tiktok/video", "data": {}, "message": "ok", "error": None}
            envelopes.append({**line, "params": {"url": post.url}, "time": time_of})
    return folder


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
        seed=f"{place + 1}.1",
    )


GROUP = Group((_PAINT, _FILTER, _MAKE, _EXPORT), measure)
