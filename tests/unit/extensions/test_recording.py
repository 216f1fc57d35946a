"""What Scrapy calls around a run: its ledger is tidied, its problem is kept, and no seed stays open."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.settings import Settings
from twisted.python.failure import Failure

from scraper.crawl.resolver import Step
from scraper.errors import UsageError
from scraper.extensions import recording as extension
from scraper.runs.folder import LEDGER
from scraper.runs.services import RunServices
from tests.support.recording import REF, seed


class Crawler:
    """The part of a recorder that the extension needs."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings()
        self.settings.setmodule("scraper.settings")
        self.settings.set("OUTPUT_DIR", str(folder), priority="cmdline")
        self.signals = SimpleNamespace(send_catch_log=lambda *_, **__: None, connect=lambda *_: None)
        self.stats = SimpleNamespace(inc_value=lambda *_: None)
        self.engine = self.spider = None


def test_the_ledger_is_tidied_while_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that, all 5,000 seeds would stay in ledger.db-wal."""
    monkeypatch.setattr(extension, "_TIDY", 0.01)
    crawler: Any = Crawler(tmp_path)

    async def run() -> None:
        made = extension.RecordingExtension(crawler)
        await made._open(SimpleNamespace(source="list"))  # type: ignore[arg-type]
        await RunServices.of(crawler).recorder.ledger.load(seed(line) for line in range(1, 5001))
        async with asyncio.timeout(10):
            while (tmp_path / LEDGER).stat().st_size < 500_000:
                await asyncio.sleep(0.01)
        await made._close("finished")

    asyncio.run(run())
    assert not (tmp_path / f"{LEDGER}-wal").exists()


class Unreadable:
    """A spider whose list can no longer be read."""

    @property
    def source(self) -> str:
        raise UsageError("seeds: cannot read list.txt: Permission denied")


def test_a_list_that_cannot_be_read_is_the_problem_of_the_run(tmp_path: Path) -> None:
    crawler: Any = Crawler(tmp_path)
    made, recorder = extension.RecordingExtension(crawler), RunServices.of(crawler).recorder
    asyncio.run(made._open(Unreadable()))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="cannot read list"):
        _ = recorder.ledger
    assert recorder.run.problem == "seeds: cannot read list.txt: Permission denied"


def test_a_seed_on_which_an_errback_broke_ends(tmp_path: Path) -> None:
    """Scrapy then passes a Failure to the signal instead of the response."""
    crawler: Any = Crawler(tmp_path)

    async def run() -> list[tuple[str, int]]:
        made, runs_of = extension.RecordingExtension(crawler), RunServices.of(crawler)
        await made._open(SimpleNamespace(source="list"))  # type: ignore[arg-type]
        await runs_of.recorder.ledger.load([seed(1)])
        (lease,) = await runs_of.pacer._take(runs_of.recorder.ledger)
        step = Step(ref=REF, request=Request(REF.url))
        cause: Any = Failure(ValueError("the last try is a bug"))  # type: ignore[no-untyped-call]
        cause.request = Request(REF.url, cb_kwargs={"seed": lease.seed, "step": step, "started": 0.0})
        made._end_unread(cause, cause)
        await asyncio.gather(*made._ending)
        await made._close("finished")
        return [(row.seed, row.code) for row in runs_of.tally.rows]

    assert asyncio.run(run()) == [("1.1", 502)]
