"""report.html in a real browser: what it shows, how it is used, and that it trusts nobody."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect, sync_playwright

from scraper.exports.report.data import MAX_CARDS, ReportData
from scraper.exports.report.page import make_page
from scraper.exports.rows import read_post, read_seed
from scraper.exports.tables import PostRow, RunRow, SeedRow
from scraper.fetch.browser.locate import find_browser
from scraper.runs.results import read_results
from tests.lab.process import LabProcess
from tests.support.agreement import report_data
from tests.support.crawling import Crawl, crawl, small_browser

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><!-- \u2028 'quote'"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """End with this file: Playwright's loop would be in the way of whoever wants one of his own."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    """Nothing special; the plugin's own wants a Playwright that lasts as long as all tests."""
    return {}


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=find_browser(small_browser()).path)
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def made(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    names = ("lab_gif/", "lab_video/", "lab_photos/", "lab_mixed/", "lab_one_less/", "lab_deleted/", "lab_nsfw/")
    links = [lab.url(name) for name in names] + ["https://www.bilibili.com/audio/au4410001", "no link"]
    seeds = tmp_path_factory.mktemp("seeds") / "seeds.txt"
    seeds.write_text("\n".join([*links, links[0] + "?s=20"]))
    return crawl(lab, tmp_path_factory.mktemp("report"), "-a", f"seeds={seeds}", spider="hybrid")


@pytest.fixture
def open_page(context: BrowserContext) -> Iterator[Open]:
    """Open a file as a person does; fail on any line in the console and on any request that leaves the disk."""
    said: list[str] = []

    def show(path: Path, **media: Any) -> Page:
        page = context.new_page()
        page.emulate_media(**media)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith("file:") else said.append(request.url))
        page.goto(path.as_uri())
        return page

    yield show
    assert said == []


def field(page: Page, label: str) -> Locator:
    return page.locator("#filters").get_by_label(label)


def cards(page: Page) -> int:
    return page.locator("#posts > .card").count()


def test_it_shows_every_seed_and_what_to_do(made: Crawl, open_page: Open) -> None:
    page = open_page(made.folder / "report.html")
    assert made.code == 1
    seeds, ok = len(made.envelopes), sum(e["code"] == 200 for e in made.envelopes)
    for name, value in (("seeds", seeds), ("ok", ok), ("failed", seeds - ok)):
        expect(page.locator(f'[data-total="{name}"]')).to_have_text(str(value))
    expect(page.locator("#shown")).to_have_text(f"{seeds} of {seeds} shown")
    assert cards(page) == seeds
    for envelope in made.envelopes:
        if envelope["error"] is not None:
            group = page.locator(f'details[data-code="{envelope["error"]["code"]}"]')
            expect(group).to_contain_text(re.sub(r'".*', "", envelope["message"]))
            group.locator("summary").click()
            expect(group.locator("li").first).to_be_visible()
    gif = page.locator(".card", has_text="@lab_gif").first
    expect(gif).to_contain_text("Round and round")
    expect(gif).to_contain_text("54.3K likes")
    expect(gif).to_contain_text("platform without watermarks")
    expect(page.locator(".card", has_text="@lab_one_less")).to_contain_text("media_unavailable:2")
    assert page.locator("#charts figure svg[role=img]").count() == 5
    expect(page.get_by_role("img", name=re.compile("^Seeds by platform and result.*twitter: 5 ok, 1 ok with warnings, 2 failed"))).to_be_visible()


def test_filters_search_and_sort(made: Crawl, open_page: Open) -> None:
    page = open_page(made.folder / "report.html")
    everything = len(made.envelopes)

    def shown(count: int) -> None:
        expect(page.locator("#shown")).to_have_text(f"{count} of {everything} shown")
        assert cards(page) == count

    field(page, "Platform").select_option("bilibili")
    shown(1)
    page.get_by_role("button", name="Clear").click()
    shown(everything)
    field(page, "Result").select_option("failed")
    shown(sum(e["code"] != 200 for e in made.envelopes))
    field(page, "Result").select_option("=removed")
    shown(1)
    page.get_by_role("button", name="Clear").click()
    field(page, "Kind").select_option("image")
    shown(sum(post["kind"] == "image" for post in made.posts))
    page.get_by_role("button", name="Clear").click()
    field(page, "Search").fill("ROUND lab_gif")
    shown(1)
    field(page, "Search").fill("nothing has this")
    expect(page.locator("#posts")).to_have_text("No post matches: clear a filter.")
    page.get_by_role("button", name="Clear").click()
    field(page, "Sort").select_option("likes")
    page.wait_for_timeout(150)
    likes = sorted((post["stats"]["likes"] or 0 for post in made.posts), reverse=True)
    first = page.locator(".card .counters span[title]").first
    expect(first).to_have_attribute("title", f"{likes[0]:,}")


def test_local_files_are_played_where_they_stand(made: Crawl, open_page: Open) -> None:
    page = open_page(made.folder / "report.html")
    card = page.locator(".card", has_text="@lab_video").first
    card.get_by_role("button", name=re.compile("^Play ")).click()
    video = card.locator("video[controls]")
    expect(video).to_be_visible()
    page.wait_for_function("video => video.readyState >= 2 && video.videoWidth > 0 && !video.paused", arg=video.element_handle())
    expect(card.get_by_role("button", name=re.compile("^Play "))).to_have_count(0)
    mixed = page.locator(".card", has_text="@lab_mixed")
    expect(mixed.locator(".count")).to_have_text("1/4")
    mixed.get_by_role("button", name=re.compile("^Next file")).click()
    expect(mixed.locator(".count")).to_have_text("2/4")
    picture = mixed.locator("img")
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    mixed.get_by_role("button", name=re.compile("^Previous file")).click()
    expect(mixed.locator(".count")).to_have_text("1/4")
    expect(page.locator(".card audio")).to_have_count(1)


def test_the_keyboard_is_enough_and_everything_has_a_name(made: Crawl, open_page: Open) -> None:
    page = open_page(made.folder / "report.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the posts"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "posts"
    page.keyboard.press("Tab")
    for _ in range(60):
        if (page.evaluate("document.activeElement.getAttribute('aria-label')") or "").startswith("Play "):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("video[controls]:focus")).to_have_count(1)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, a, video[controls], audio, img, svg[role=img]')]
        .filter(node => !(node.getAttribute('aria-label') || node.getAttribute('alt') || node.textContent.trim()
          || (node.labels && node.labels.length))).map(node => node.outerHTML)"""
    )
    assert nameless == []
    headings = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(node => Number(node.tagName[1]))")
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def luminance(rgb: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", rgb)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_readable(made: Crawl, open_page: Open, scheme: Any) -> None:
    page = open_page(made.folder / "report.html", color_scheme=scheme)
    background = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (background > 0.5) == (scheme == "light")
    card = page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
    for selector in ("h3", ".soft", ".badge.bad", ".badge.warn", ".counters", ".body a"):
        color = page.evaluate("selector => getComputedStyle(document.querySelector(selector)).color", selector)
        high, low = sorted((luminance(color), luminance(card)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, selector


def test_a_phone_is_wide_enough(made: Crawl, open_page: Open) -> None:
    page = open_page(made.folder / "report.html")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('.filters input, .filters select, .filters button')].filter(node => node.offsetHeight < 32).length"
    )
    assert small == 0


def test_an_earlier_run_still_finds_its_media(made: Crawl, open_page: Open, tmp_path: Path) -> None:
    run = made.folder / "runs/20260101T000000Z"
    run.mkdir(parents=True)
    (run / "report.html").write_text((made.folder / "report.html").read_text("utf-8"), "utf-8")
    page = open_page(run / "report.html")
    picture = page.locator(".card img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())


# Made of rows, without a crawl


def rows_of(made: Crawl) -> list[tuple[SeedRow, PostRow, dict[str, Any]]]:
    found = []
    for result in read_results(made.folder):
        if result.record is not None:
            seed = read_seed(result.envelope, "r")
            found.append((seed, read_post(result.record, seed), result.record))
    return found


def files_of(made: Crawl, handle: str) -> list[str]:
    (post,) = (post for post in made.posts if post["author"]["handle"] == handle)
    return [file["path"] for medium in post["media"] for file in medium["files"]]


def run_row(seeds: int) -> RunRow:
    return RunRow(run="r", spider="hybrid", started=None, ended=None, reason=None, seeds=seeds, ok=seeds, failed=0)


def test_texts_of_posts_are_never_markup(made: Crawl, open_page: Open, tmp_path: Path) -> None:
    seed, post, record = next(row for row in rows_of(made) if row[2]["media"][0]["role"] == "video")
    data = ReportData()
    record = json.loads(json.dumps(record))
    record["warnings"] = [EVIL]
    record["media"][0]["files"] = [{**record["media"][0]["files"][0], "path": path} for path in ("../up.mp4", "/etc/x.mp4", "media/a b#?%.mp4")]
    (tmp_path / "media").mkdir()
    shutil.copy(made.folder / files_of(made, "lab_video")[0], tmp_path / "media/a b#?%.mp4")
    evil = replace(post, text=EVIL, author_handle=EVIL, url=f"javascript:document.title='owned'//{EVIL}", warnings=EVIL)
    data.add(replace(seed, error=None, url=EVIL), evil, record)
    data.add(replace(seed, seed="2.1", error="removed", message=EVIL, url="javascript:alert(1)"), None, None)
    (tmp_path / "report.html").write_text(make_page(f"Crawl {EVIL}", data.make(run_row(2), {})), "utf-8")
    shown = report_data(tmp_path)["posts"][0]
    assert [file["path"] for file in shown["files"]] == ["media/a b#?%.mp4"]
    page = open_page(tmp_path / "report.html")
    expect(page.locator(".card .text").first).to_have_text(EVIL)
    assert page.title().startswith("Crawl </script><script>")
    assert page.locator("script:not([type])").count() == 1
    assert page.locator("img[src=x]").count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0
    page.get_by_role("button", name=re.compile("^Play ")).click()
    player = page.locator("video[controls]").element_handle()
    page.wait_for_function("video => video.videoWidth > 0", arg=player)
    # and were it markup, it would not run; that is said in the console, so on a page of its own
    other = page.context.new_page()
    other.goto((tmp_path / "report.html").as_uri())
    with other.expect_console_message(lambda message: "Content Security Policy" in message.text):
        other.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"window.owned = 1\">')")
    assert other.evaluate("window.owned") is None


def test_ten_thousand_posts_are_drawn_as_they_are_looked_at(made: Crawl, open_page: Open) -> None:
    known, data = rows_of(made), ReportData()
    for number in range(10_000):
        seed, post, record = known[number % len(known)]
        data.add(replace(seed, seed=f"{number}.1"), replace(post, id=str(number), likes=number), record)
    (made.folder / "many.html").write_text(make_page("Many", data.make(run_row(10_000), {})), "utf-8")
    page = open_page(made.folder / "many.html")
    expect(page.locator("#shown")).to_have_text("10,000 of 10,000 shown")
    assert cards(page) < 500
    field(page, "Sort").select_option("likes")
    expect(page.locator(".card").first).to_have_attribute("data-seed", "9999.1")
    before = cards(page)
    page.evaluate("document.getElementById('end').scrollIntoView()")
    page.wait_for_function("before => document.querySelectorAll('.card').length > before", arg=before)


def test_what_is_more_than_a_browser_bears_is_counted_all_the_same(made: Crawl) -> None:
    (seed, post, record), data = rows_of(made)[0], ReportData()
    for number in range(MAX_CARDS + 5):
        data.add(replace(seed, seed=f"{number}.1"), post, record)
    got = data.make(run_row(MAX_CARDS + 5), {})
    assert (len(got["posts"]), got["left_out"]) == (MAX_CARDS, 5)
    assert sum(each["ok"] + each["warned"] for each in got["platforms"]) == MAX_CARDS + 5
