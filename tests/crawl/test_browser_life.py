"""The browser is small and replaceable: killed, hung, recycled, capped, it loses no seed and loads nothing to look at."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright

from scraper.fetch.browser.batch import BatchFetcher
from scraper.fetch.browser.blocking import block_media
from scraper.fetch.browser.locate import find_browser
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl, start_crawl
from tests.support.waiting import wait_for

StartLab = Callable[..., LabProcess]
CRAWL = 150
FEW = 60
LOOKS = """<!DOCTYPE html><title>x</title><link rel="stylesheet" href="/style.css"><script src="/script.js"></script>
<img src="/image.png"><video src="/video.mp4" autoplay muted></video><p>text</p>"""
STYLE = "@font-face {font-family: f; src: url(/font.woff2)} p {font-family: f; background: url(/background.png)}"


def children(pid: int) -> list[int]:
    found = [int(line) for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [each for child in found for each in (child, *children(child))]


def driver_of(pid: int) -> int:
    """Return the process through which *pid* speaks to its Chromium."""
    return next(each for each in children(pid) if b"run-driver" in Path(f"/proc/{each}/cmdline").read_bytes())


def browser_of(pid: int) -> int:
    """Return the main process of the Chromium that *pid* has started."""
    for child in children(pid):
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        is_part = any(word.startswith(b"--type=") for word in words)
        if b"chrom" in words[0] and not is_part and any(word.startswith(b"--headless") for word in words):
            return child
    raise AssertionError("no browser is running")


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def hurt(
    lab: LabProcess,
    folder: Path,
    number: signal.Signals,
    whom: Callable[[int], int] = browser_of,
    count: int = FEW,
    **settings: Any,
) -> Crawl:
    """Crawl *count* posts; send *whom* the signal *number* when a third of them is there."""
    posts = [post["url"] for post in lab.posts if post["platform"] == "tiktok"][-count:]
    seeds, out, log = folder / "seeds.txt", folder / "out", folder / "log"
    seeds.write_text("\n".join(posts))
    with start_crawl(lab, folder, "-a", f"seeds={seeds}", spider="tiktok", BROWSER_EXECUTABLE="", MEDIA="none", **settings) as process:
        try:
            wait_for(lambda: lines(out / "envelopes.jsonl") >= count // 3)
            os.kill(whom(process.pid), number)
            table, _ = process.communicate(timeout=90)
        finally:
            process.kill()
    return Crawl(out, process.returncode, table, log.read_text())


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Any:
    process = LabProcess("--many", str(CRAWL), "--list-many")
    yield process
    process.stop()


def test_a_killed_browser_is_replaced_and_no_post_is_lost(many: LabProcess, tmp_path: Path) -> None:
    done = hurt(many, tmp_path, signal.SIGKILL, count=CRAWL)
    assert [envelope["code"] for envelope in done.envelopes] == [200] * CRAWL, done.stderr[-3000:]
    assert done.code == 0
    assert done.stat("playwright/browser_count") == 2
    assert done.stat("session/minted/tiktok") == 1  # the same guest, in a new browser


def test_a_hung_browser_is_killed_and_replaced_and_no_post_is_lost(many: LabProcess, tmp_path: Path) -> None:
    done = hurt(many, tmp_path, signal.SIGSTOP, BROWSER_TIMEOUT=2)
    assert [envelope["code"] for envelope in done.envelopes] == [200] * FEW, done.stderr[-3000:]
    assert done.stat("browser/hung") == 1
    assert done.stat("playwright/browser_count") == 2


def test_a_killed_driver_takes_the_browser_along_and_both_are_replaced(many: LabProcess, tmp_path: Path) -> None:
    done = hurt(many, tmp_path, signal.SIGKILL, whom=driver_of)
    assert [envelope["code"] for envelope in done.envelopes] == [200] * FEW, done.stderr[-3000:]
    assert done.stat("playwright/browser_count") == 2


def test_a_context_is_recycled_with_its_cookies(many: LabProcess, tmp_path: Path) -> None:
    posts = [post["url"] for post in many.posts if post["platform"] == "tiktok"][-40:]
    done = crawl(many, tmp_path, "-a", f"urls={' '.join(posts)}", spider="tiktok", BROWSER_EXECUTABLE="", MEDIA="none", CONTEXT_USES=14)
    assert done.code == 0, done.stderr[-3000:]
    assert done.stat("browser/contexts_recycled") == 2
    assert done.stat("session/minted/tiktok") == 1
    assert done.stat("session/refused/tiktok") == 0
    assert "firewall" not in [record.note for record in many.log()]


def test_more_sessions_than_contexts_take_turns(lab: LabProcess, clean_lab: None, tmp_path: Path) -> None:
    urls = [post["url"] for name in ("tiktok", "douyin", "bilibili") for post in lab.posts_of(name) if post["outcome"] == "ok"][::14]
    done = crawl(lab, tmp_path, "-a", f"urls={' '.join(urls)}", spider="hybrid", BROWSER_EXECUTABLE="", MEDIA="none", BROWSER_CONTEXTS=1)
    assert done.code == 0, done.stderr[-3000:]
    assert done.stat("playwright/context_count/max_concurrent") == 1
    assert {name: done.stat(f"session/minted/{name}") for name in ("tiktok", "douyin", "bilibili")} == {
        "tiktok": 1, "douyin": 1, "bilibili": 1,
    }  # fmt: skip


def with_page(work: Callable[[Page, list[str], str], Awaitable[None]]) -> None:
    """Run *work* with a page of a real browser, the paths a server on this machine was asked for, and its address."""
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/slow":
            await asyncio.sleep(3600)
        kind = {"/": "text/html", "/style.css": "text/css", "/script.js": "text/javascript"}.get(request.path, "text/plain")
        return web.Response(text={"/": LOOKS, "/style.css": STYLE}.get(request.path, ""), content_type=kind)

    async def run() -> None:
        runner = web.ServerRunner(web.Server(answer, handler_cancellation=True), shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=find_browser(None).path)
                await work(await browser.new_page(), asked, f"http://127.0.0.1:{runner.addresses[0][1]}")
                await browser.close()
        finally:
            await runner.cleanup()

    asyncio.run(run())


def test_images_fonts_and_media_are_never_asked_for() -> None:
    async def work(page: Page, asked: list[str], address: str) -> None:
        looks = {"/image.png", "/video.mp4", "/font.woff2", "/background.png"}
        await page.goto(address, wait_until="networkidle")
        assert looks <= set(asked)
        asked.clear()
        await block_media(page)
        await page.reload(wait_until="networkidle")
        assert {"/", "/style.css", "/script.js"} <= set(asked)
        assert looks.isdisjoint(asked)

    with_page(work)


def test_a_mailbox_goes_on_after_its_page_was_loaded_again() -> None:
    async def work(page: Page, asked: list[str], address: str) -> None:
        await block_media(page)
        await page.goto(address)
        box = BatchFetcher(page, None)
        answers = await asyncio.gather(*(box.ask(f"{address}/a{n}", {}, 5000, 1000) for n in range(100)))
        assert [answer["url"] for answer in answers] == [f"{address}/a{n}" for n in range(100)]
        assert (await box.ask(f"{address}/long", {}, 5000, -1)) == {"error": "too large"}
        lost = asyncio.ensure_future(box.ask(f"{address}/slow", {}, 60_000, 1000))
        while "/slow" not in asked:
            await asyncio.sleep(0.01)
        await page.reload()
        with pytest.raises(PlaywrightError):
            await asyncio.wait_for(lost, 5)
        assert (await box.ask(f"{address}/next", {}, 5000, 1000))["status"] == 200
        box.close()

    with_page(work)


def memory(pid: int) -> float:
    """Return the MB that *pid* and its children hold, what they share counted once."""
    total = 0
    for each in (pid, *children(pid)):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        except (OSError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


@pytest.mark.soak
def test_memory_stays_over_20000_fetches(tmp_path: Path) -> None:
    """The memory of crawl and browser after 20,000 fetches is within a fifth of that after 4,000."""
    count, step = 20_000, 2000
    lab = LabProcess("--many", str(count), "--list-many")
    seeds, out = tmp_path / "seeds.txt", tmp_path / "out"
    seeds.write_text("\n".join(post["url"] for post in lab.posts if post["platform"] == "tiktok"))
    envelopes, seen = out / "envelopes.jsonl", list[float]()
    # what is made of 20,000 answers at the end takes a minute, and a post of the lab without its item is an alarm
    rest = {"MONITORS": "0", "TABLES": "0", "SUMMARY": "0", "REPORT": "0"}
    with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="tiktok", BROWSER_EXECUTABLE="", MEDIA="none", **rest) as process:
        try:
            for mark in range(step, count + 1, step):
                wait_for(lambda mark=mark: process.poll() is not None or lines(envelopes) >= mark, 240)  # type: ignore[misc]
                if process.poll() is None:
                    seen.append(memory(process.pid))
                    print(f"{mark:6} fetches: {seen[-1]:6.0f} MB", flush=True)
            process.communicate(timeout=60)
            assert process.returncode in (0, 1)
        finally:
            process.kill()
            lab.stop()
    assert lines(envelopes) >= count
    assert len(seen) >= count // step - 1
    assert abs(seen[-1] - seen[1]) <= 0.2 * seen[1]
