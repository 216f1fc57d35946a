"""The output folder of a run: envelopes, records, raw answers, and the ledger behind them."""

import asyncio
import errno
import json
import logging
import os
import sqlite3
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from scrapy.crawler import Crawler

from scraper import folder as files
from scraper import signals
from scraper.core.envelope import HYBRID, Context, Envelope, duplicate, failure, success
from scraper.core.errors import UsageError
from scraper.core.ledger import Run, State
from scraper.core.naming import safe_name
from scraper.core.outcome import Outcome
from scraper.core.record import dump_line, to_record
from scraper.core.seeds import Seed, policy_options
from scraper.core.variants import Policy
from scraper.ledger.sqlite import SQLiteLedger
from scraper.pacing import Pacer
from scraper.percrawler import PerCrawler
from scraper.platform import load
from scraper.progress import Progress
from scraper.rows import Row, make_row
from scraper.seedlist import PIPE

logger = logging.getLogger(__name__)

_SHORTEST_SECRET = 8
MAX_ROWS = 1000


class Outputs(PerCrawler):
    """Writes what a seed ended with, once, and in the order seeds finish."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self.folder = Path(settings["OUTPUT_DIR"])
        self.policy = Policy(media=settings["MEDIA"], watermark=settings["WATERMARK"], content=settings["CONTENT"])
        self.rows: list[Row] = []
        """Of the first seeds of this process."""
        self.failures: list[Row] = []
        """Of seeds after those in *rows*."""
        self.codes: dict[int, int] = {}
        """Envelopes of the run by code, once it is closed."""
        self.left = 0
        """Seeds without an envelope, once it is closed."""
        self.is_continued = False
        """Whether an earlier process began this run."""
        self.problem = ""
        """Why the list could not be had, where that showed only after the start."""
        self._ledger: SQLiteLedger | None = None
        self._is_closed = False
        self._closing: asyncio.Future[None] | None = None
        self._platforms = load(tuple(settings.getlist("SPIDER_MODULES")))
        self._envelopes: FileIO | None = None
        self._posts: FileIO | None = None
        self._lock: BinaryIO | None = None

    @property
    def ledger(self) -> SQLiteLedger:
        """The seeds of this run."""
        assert self._ledger is not None, "the output folder is not open"
        return self._ledger

    def open(self, source: str) -> None:
        """
        Continue the run of *source* (a fingerprint of the seed list) that broke off here, or begin one.

        What another run left moves to ``runs/<start>/``. With RETRY=failed its failures alone are open again.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = files.take_lock(self.folder)
        if self._lock is None:
            raise UsageError(f"OUTPUT_DIR: another run is writing to {self.folder}")
        self._ledger = SQLiteLedger(self.folder / files.LEDGER)
        run = self._ledger.run
        if self._crawler.settings["RETRY"] == "failed" and run.started is not None:
            files.recover(self.folder, self._ledger)
            logger.info("%d failed seeds are tried again", files.drop_failures(self.folder, self._ledger))
            self.is_continued = True
        elif run.started is not None and not run.is_finished and run.source == source != PIPE:
            files.recover(self.folder, self._ledger)
            logger.warning("the run that broke off here goes on: %s", _counts(self._ledger))
            self.is_continued = True
        else:
            self._begin(source)
        # Unbuffered: what could not be written must not come later, with another line.
        self._envelopes = (self.folder / files.ENVELOPES).open("ab", buffering=0)
        self._posts = (self.folder / files.POSTS).open("ab", buffering=0)
        counts = self.ledger.counts()
        progress = Progress.of(self._crawler)
        progress.ok, progress.failed = counts[State.DONE], counts[State.FAILED]

    def close(self) -> None:
        """Give open seeds back and close the files."""
        if self._ledger is not None and not self._is_closed:
            self._is_closed = True
            Pacer.of(self._crawler).give_back(self._ledger)
            self.codes = self._ledger.codes()
            counts = self._ledger.counts()
            self.left = counts[State.TODO] + counts[State.LEASED]
            self._ledger.close()
        for file in (self._envelopes, self._posts, self._lock):
            if file is not None:
                file.close()

    def policy_for(self, seed: Seed) -> Policy:
        """Return what is wanted of *seed*: its own options go before the settings."""
        return replace(self.policy, **policy_options(seed.options)) if seed.options else self.policy

    def claim(self, outcome: Outcome) -> bool:
        """Return whether *outcome*'s seed is the first for its ref; a later one ends together with the first."""
        assert outcome.ref is not None
        claim = self.ledger.claim(outcome.ref.key, outcome.seed.id)
        if claim.offset is not None:
            self._repeat(outcome, claim.offset)
        return claim.is_first

    def save_raw(self, outcome: Outcome, text: str, ext: str) -> None:
        """Keep the answer for ``scrapy payload``, without the values of the session's cookies."""
        assert outcome.ref is not None
        platform, name = outcome.ref.platform, safe_name(outcome.ref.id) or "_"
        for secret in _secrets(outcome):
            text = text.replace(secret, "***")
        path = self.folder / "raw" / platform / f"{name}{ext}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", "replace")
        if outcome.post is not None:
            outcome.post.raw = path.relative_to(self.folder).as_posix()

    def finish(self, outcome: Outcome) -> Envelope:
        """Write envelope and record of *outcome*, and of every seed that waits for its post; return the envelope."""
        if outcome.post is not None:
            post = outcome.post
            post.seed, post.tags, post.options = outcome.seed.id, list(outcome.seed.tags), dict(outcome.seed.options)
            post.provenance.seconds["total"] = round(time.monotonic() - outcome.started, 3)
            envelope = success(post, self._context(outcome), wanted=outcome.wanted)
            self._write(self._posts, to_record(post))
        else:
            assert outcome.error is not None, f"seed {outcome.seed.id} has neither a post nor an error"
            envelope = failure(outcome.error, self._context(outcome))
        offset = self._write_envelope(outcome, envelope)
        for seed in self.ledger.waiting(outcome.seed.id):
            self._repeat(replace(outcome, seed=seed, post=None), offset)
        return envelope

    def _begin(self, source: str) -> None:
        ledger = self.ledger
        ledger.close()
        if ledger.run.started is not None or (self.folder / files.ENVELOPES).exists():
            files.put_aside(self.folder, ledger.run.started)
        self._ledger = SQLiteLedger(self.folder / files.LEDGER)
        self._ledger.save(Run(source=source, started=time.time()))

    def _repeat(self, outcome: Outcome, offset: int) -> None:
        with (self.folder / files.ENVELOPES).open("rb") as file:
            file.seek(offset)
            envelope = json.loads(file.readline())
        first = str(envelope.get("duplicate_of", envelope["seed"]))
        self._write_envelope(outcome, duplicate(envelope, self._context(outcome), of=first))

    def _context(self, outcome: Outcome) -> Context:
        seed, ref = outcome.seed, outcome.ref
        spider = self._crawler.spider
        name = ref.platform if ref is not None else seed.platform or (spider.name if spider is not None else HYBRID)
        known = self._platforms.get(name)
        return Context(
            seed=seed,
            platform=name,
            title=known.title if known is not None else name,
            kind=ref.kind if ref is not None else None,
            request_id=str(uuid.uuid4()),
            time=datetime.now(UTC),
        )

    def _write_envelope(self, outcome: Outcome, envelope: Envelope) -> int:
        """Write the one line that ends a seed, then note it in the ledger; return the byte where it begins."""
        row = make_row(outcome, envelope)
        try:
            offset, end = self._write(self._envelopes, envelope)
            error = envelope["error"]
            self.ledger.settle(
                row.seed,
                code=row.code,
                error=str(error["code"]) if isinstance(error, dict) else None,
                offset=offset,
                end=end,
                posts_end=self._posts.tell() if self._posts is not None else None,
            )
        except (OSError, sqlite3.Error) as problem:
            self._give_up(problem)
            return 0
        finally:
            self._crawler.signals.send_catch_log(signals.seed_finished, seed_id=row.seed)
        self._note(row)
        return offset

    def _note(self, row: Row) -> None:
        logger.info("seed %s: %s, %d files, %d bytes, %.1f s", row.seed, row.result, row.files, row.bytes, row.seconds)
        self._crawler.stats.inc_value("seeds/finished")
        self._crawler.stats.inc_value(f"seeds/result/{row.result.partition(' ')[0].rstrip(',')}")
        Progress.of(self._crawler).finish(is_ok=row.code == 200, now=time.monotonic())
        if len(self.rows) < MAX_ROWS:
            self.rows.append(row)
        elif row.code != 200 and len(self.failures) < MAX_ROWS:
            self.failures.append(row)

    def _give_up(self, problem: Exception) -> None:
        """Stop the run: without an envelope no seed is done."""
        logger.error("envelopes.jsonl or ledger.db cannot be written (%s): the run stops", problem)
        engine = self._crawler.engine
        if self._closing is None:
            assert engine is not None
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason="disk_full"))

    def _write(self, file: FileIO | None, value: Any) -> tuple[int, int]:
        """Append one line, whole, and hand it to the system; return the bytes where it begins and ends."""
        assert file is not None, "the output folder is not open"
        offset = file.seek(0, os.SEEK_END)
        line = dump_line(value).encode() + b"\n"
        if file.write(line) != len(line):
            file.truncate(offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return offset, offset + len(line)


def _counts(ledger: SQLiteLedger) -> str:
    counts = ledger.counts()
    left = counts[State.TODO] + counts[State.LEASED]
    return f"{counts[State.DONE]} ok, {counts[State.FAILED]} failed, {left} left"


def _secrets(outcome: Outcome) -> set[str]:
    """Return the cookie values that must not reach a file."""
    values: set[str] = set()
    if outcome.session is not None:
        values |= outcome.session.secrets
    if outcome.post is not None:
        values.update(value for m in outcome.post.media for v in m.variants for value in v.jar.values())
    bare = {value.strip('"') for value in values}
    long = {value for value in values | bare if len(value) >= _SHORTEST_SECRET}
    # as a page may write them: in JSON, with escaped slashes, in a URL
    return long | {json.dumps(value)[1:-1] for value in long} | {
        form
        for value in long
        for form in (value.replace("/", "\\u002F"), value.replace("/", "\\/"), quote(value, safe=""))
    }
