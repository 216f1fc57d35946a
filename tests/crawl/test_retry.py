"""Who is asked again, who waits, and who is left alone."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from scraper.errors import ErrorCode, InterruptedRunError, SeedError
from scraper.fetch.ask import Ask, Refused, Via, ask_of
from scraper.fetch.backoff import MAX_MEDIA_PAUSE, MAX_PAUSE, RetryCause
from scraper.fetch.scope import BrowserScope
from scraper.fetch.session import Session
from scraper.fetch.sink import Sink
from scraper.fetch.transport.downloader import PausingDownloader
from scraper.platform.refusal import CAPTCHA
from scraper.platform.session_rules import SessionRules
from tests.support.crawling import crawl
from tests.support.labs import StartLab
from tests.support.pausing import Run

PAGE = "https://www.tiktok.com/@lab/video/1"


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture(autouse=True)
def no_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backoffs of no time."""
    monkeypatch.setattr("scraper.fetch.middlewares.retry.choose_backoff", lambda *_: 0.0)


def page(**given: Any) -> Request:
    return Ask(platform="tiktok", via=Via.PAGE, **given).request(PAGE)


def make_session() -> Session:
    return Session(id="s", platform="tiktok", user_agent="x", proxy=None, storage={}, born=0)


def make_scope() -> BrowserScope:
    rules = SessionRules(mint_url="https://www.tiktok.com/", wants=(), cookie_domains=())
    return BrowserScope(platform="tiktok", rules=rules, owns=lambda _: True, reads_cookies=False)


def file() -> Request:
    sink = Sink(path=Path("a"), maxsize=9, idle_timeout=1, accept=lambda _: None)
    return Ask(platform="tiktok", sink=sink, dont_retry=True).request("https://p16.tiktokcdn.com/a.jpeg", slot="tiktok-cdn")


def test_a_rate_limit_pauses_its_platform_alone(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    once = (Refused(Via.PAGE, CAPTCHA),)
    again = run.answer(page(session=make_session(), scope=make_scope(), refused=once), 429, Retry_After="60")
    assert isinstance(again, Request)
    assert ask_of(again) == Ask(platform="tiktok", via=Via.PAGE, refused=once, retries={RetryCause.RATE_LIMITED: 1})
    assert ask_of(again).tries == 2
    assert 59 < run.pauses.left("tiktok") <= 60
    assert not run.pauses.is_paused("douyin")
    assert not run.pauses.is_paused("tiktok-cdn")
    run.answer(page(), 429, Retry_After="5")
    assert run.pauses.left("tiktok") > 59
    assert run.counts == {"pause/tiktok": 1, "retry/rate_limited": 2}
    assert [record.getMessage() for record in caplog.records] == ["tiktok is paused for 60 s: status 429"]


def test_an_exhausted_limit_pauses_and_the_answer_counts(run: Run) -> None:
    reset = str(int(time.time()) + 100)
    answer = run.answer(page(), 200, X_Rate_Limit_Remaining="0", X_Rate_Limit_Reset=reset)
    assert isinstance(answer, Response)
    assert 97 < run.pauses.left("tiktok") <= 100


def test_who_is_told_to_wait_too_long_ends_at_once(run: Run) -> None:
    with pytest.raises(SeedError) as caught:
        run.answer(page(), 429, Retry_After="7200")
    assert caught.value.code is ErrorCode.RATE_LIMITED
    assert caught.value.raw_message == "status 429, tries: 1, asked to wait 7200 s"
    assert MAX_PAUSE - 1 < run.pauses.left("tiktok") <= MAX_PAUSE


def test_a_media_server_pauses_alone_and_not_for_long(run: Run) -> None:
    again = run.answer(file(), 503, Retry_After="30")
    assert isinstance(again, Request)
    assert ask_of(again).sink
    assert 29 < run.pauses.left("tiktok-cdn") <= 30
    assert not run.pauses.is_paused("tiktok")
    assert isinstance(run.answer(file(), 429, Retry_After="600"), Response)
    assert run.pauses.left("tiktok-cdn") <= MAX_MEDIA_PAUSE
    assert isinstance(run.answer(file(), 500), Response)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 410, 451])
def test_an_answer_is_an_answer(run: Run, status: int) -> None:
    assert isinstance(run.answer(page(), status, Retry_After="5"), Response)
    assert run.counts == {}


@pytest.mark.parametrize(
    ("error", "budget", "key"),
    [(DownloadTimeoutError("x"), 2, "retry/timeout"), (DownloadFailedError("x"), 3, "retry/network")],
)
def test_the_network_has_a_budget(run: Run, error: Exception, budget: int, key: str) -> None:
    request: Request | None = page()
    for _ in range(budget):
        assert request is not None
        request = asyncio.run(run.middleware.process_exception(request, error))
    assert request is not None
    with pytest.raises(SeedError) as caught:
        asyncio.run(run.middleware.process_exception(request, error))
    assert (caught.value.code, caught.value.raw_code) == (ErrorCode.TIMEOUT, type(error).__name__)
    assert caught.value.raw_message == f"x, tries: {budget + 1}"
    assert run.counts == {key: budget}
    assert asyncio.run(run.middleware.process_exception(page(dont_retry=True), error)) is None
    assert asyncio.run(run.middleware.process_exception(page(), ValueError())) is None


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("how", ["stopped", "closed"])
def test_a_run_that_stops_neither_waits_nor_retries(run: Run, status: int, how: str) -> None:
    if how == "stopped":
        run.engine.running = False
    else:
        run.engine._slot.closing = object()
    with pytest.raises(InterruptedRunError):
        run.answer(page(), status, Retry_After="60")
    with pytest.raises(InterruptedRunError):
        asyncio.run(run.middleware.process_exception(page(), DownloadTimeoutError()))
    assert not [key for key in run.counts if key.startswith("retry/")]


def test_a_wait_ends_with_the_pause_or_with_the_run(run: Run) -> None:
    async def wait() -> None:
        run.pauses.pause("tiktok", 0.3, "test")
        await run.pauses.wait("douyin")
        assert run.pauses.is_paused("tiktok")
        await run.pauses.wait("tiktok")
        assert not run.pauses.is_paused("tiktok")
        run.pauses.pause("tiktok", 60, "test")
        asyncio.get_running_loop().call_later(0.1, setattr, run.engine, "running", False)
        with pytest.raises(InterruptedRunError):
            await run.pauses.wait("tiktok")

    asyncio.run(asyncio.wait_for(wait(), 5))


def test_what_waits_in_a_slot_fails_when_the_run_stops(run: Run) -> None:
    downloader = PausingDownloader.__new__(PausingDownloader)
    downloader._pauses = run.pauses
    slot, answer = Slot(concurrency=1, delay=0), Deferred[Response]()
    slot.queue.append((page(), answer))
    run.pauses.pause("tiktok", 60, "test")
    run.engine.running = False
    downloader._process_queue(slot)
    failures: list[Failure] = []
    answer.addErrback(failures.append)
    assert [type(failure.value) for failure in failures] == [InterruptedRunError]
    assert not slot.queue


@pytest.mark.parametrize(("concurrency", "in_flight"), [(1, 0), (16, 20)])
def test_a_platform_that_is_too_busy_once_is_asked_once_more(
    start_lab: StartLab, tmp_path: Path, concurrency: int, in_flight: int
) -> None:
    """Of 16 under way a few may be answered before the one that is too many."""
    lab = start_lab("--many", "30", "--list-many", "--fault", r"status-429:lab.many.*video:1")
    seeds = "\n".join(post["url"] for post in lab.posts if "lab.many" in post["url"])
    slots = json.dumps({"www.tiktok.com": {"concurrency": concurrency, "delay": 0}})
    done = crawl(lab, tmp_path, "-a", "seeds=-", stdin=seeds, spider="tiktok", MEDIA="none", DOWNLOAD_SLOTS=slots)
    assert [envelope["code"] for envelope in done.envelopes] == [200] * 30
    pages = [record for record in lab.log() if "lab.many" in record.target]
    (busy,) = [record for record in pages if record.status == 429]
    assert len(pages) == 31
    assert sum(0 <= record.time - busy.time < 1 for record in pages if record is not busy) <= in_flight
    assert (done.stat("pause/tiktok"), done.stat("retry/rate_limited")) == (1, 1)
    assert (done.stat("session/minted/tiktok"), done.stat("session/refused/tiktok")) == (1, 0)
    assert done.stderr.count("tiktok is paused for 1 s: status 429") == 1


def test_each_fault_gets_its_tries(start_lab: StartLab, tmp_path: Path) -> None:
    pages = {"status-500": "video_square/video:2", "status-503": "video_long/video", "status-404": "ZMlab0001"}
    files = {"status-429": "tplv-photomode:1"}
    faults = [f"{kind}:{where}" for kind, where in (pages | files).items()]
    lab = start_lab(*(option for fault in faults for option in ("--fault", fault)))
    names = ("video_square", "video_long", "ZMlab0001", "photo_many")
    square, long, short, many = urls = [lab.url(name) for name in names]
    done = crawl(lab, tmp_path, "-a", f"urls={' '.join(urls)}", spider="tiktok")
    found = done.by_url
    assert found[square]["code"] == found[many]["code"] == 200
    assert found[long]["error"]["code"] == "timeout"
    assert found[long]["error"]["raw_message"] == "status 503, tries: 4"
    assert found[short]["code"] == 404
    asked = [record.target for record in lab.log()]
    assert [sum(name in target for target in asked) for name in names[:3]] == [3, 4, 1]
    assert done.stat("pause/tiktok-cdn") == done.stat("retry/rate_limited") == 1
    assert (done.stat("retry/server_error"), done.stat("retry/unavailable")) == (2, 3)
    assert done.stat("session/minted/tiktok") == 1
