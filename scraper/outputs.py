"""The output folder of a run: envelopes, records, raw answers, and who asked for which post first."""

import asyncio
import fcntl
import json
import logging
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from urllib.parse import quote
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from scraper import signals
from scraper.core.envelope import HYBRID, Context, Envelope, duplicate, failure, success
from scraper.core.errors import UsageError
from scraper.core.naming import safe_name
from scraper.core.outcome import Outcome
from scraper.core.record import dump_line, to_record
from scraper.core.variants import Policy
from scraper.platform import load

logger = logging.getLogger(__name__)

_RESULTS = ("envelopes.jsonl", "posts.jsonl", "raw", "run.json")
_SHORTEST_SECRET = 8
MAX_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table that a person sees in the end."""

    seed: str
    text: str
    code: int
    result: str
    files: int
    bytes: int
    seconds: float
    advice: str


@dataclass(slots=True)
class _Claim:
    """The first seed of a post; *offset* is where its envelope begins, once it is written."""

    seed_id: str
    offset: int | None = None
    waiting: list[Outcome] = field(default_factory=list)


class Outputs:
    """Writes what a seed ended with, once, and in the order seeds finish."""

    _instances: ClassVar["WeakKeyDictionary[Crawler, Outputs]"] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.folder = Path(settings["OUTPUT_DIR"])
        self.policy = Policy(media=settings["MEDIA"], watermark=settings["WATERMARK"], content=settings["CONTENT"])
        self.codes: Counter[int] = Counter()
        self.rows: list[Row] = []
        """Of the first seeds."""
        self.failures: list[Row] = []
        """Of seeds after those in *rows*."""
        self._closing: asyncio.Future[None] | None = None
        self._crawler = crawler
        self._platforms = load(tuple(settings.getlist("SPIDER_MODULES")))
        self._claims: dict[str, _Claim] = {}
        self._envelopes: BinaryIO | None = None
        self._posts: BinaryIO | None = None
        self._lock: BinaryIO | None = None

    @classmethod
    def of(cls, crawler: Crawler) -> "Outputs":
        """Return the one instance of *crawler*."""
        if crawler not in cls._instances:
            cls._instances[crawler] = cls(crawler)
        return cls._instances[crawler]

    def open(self) -> None:
        """Make the folder and begin new files; those of an earlier run move to ``runs/<start>/``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _take_lock(self.folder)
        if self._lock is None:
            raise UsageError(f"OUTPUT_DIR: another run is writing to {self.folder}")
        _put_aside(self.folder)
        self._envelopes = (self.folder / "envelopes.jsonl").open("ab")
        self._posts = (self.folder / "posts.jsonl").open("ab")

    def close(self) -> None:
        """Close the files."""
        for file in (self._envelopes, self._posts, self._lock):
            if file is not None:
                file.close()

    def claim(self, outcome: Outcome) -> bool:
        """Return whether *outcome*'s seed is the first for its ref; a later one ends together with the first."""
        assert outcome.ref is not None
        first = self._claims.setdefault(outcome.ref.key, _Claim(outcome.seed.id))
        if first.seed_id == outcome.seed.id:
            return True
        if first.offset is None:
            first.waiting.append(outcome)
        else:
            self._repeat(outcome, first)
        return False

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
        claim = self._claims.get(outcome.ref.key) if outcome.ref is not None else None
        if outcome.post is not None:
            post = outcome.post
            post.seed, post.tags = outcome.seed.id, list(outcome.seed.tags)
            post.provenance.seconds["total"] = round(time.monotonic() - outcome.started, 3)
            envelope = success(post, self._context(outcome), wanted=outcome.wanted)
            self._write(self._posts, to_record(post))
        else:
            assert outcome.error is not None, f"seed {outcome.seed.id} has neither a post nor an error"
            envelope = failure(outcome.error, self._context(outcome))
        offset = self._write_envelope(outcome, envelope)
        if claim is not None and claim.seed_id == outcome.seed.id:
            claim.offset = offset
            waiting, claim.waiting = claim.waiting, []
            for other in waiting:
                self._repeat(other, claim)
        return envelope

    def _repeat(self, outcome: Outcome, first: _Claim) -> None:
        assert first.offset is not None
        with (self.folder / "envelopes.jsonl").open("rb") as file:
            file.seek(first.offset)
            envelope = json.loads(file.readline())
        self._write_envelope(outcome, duplicate(envelope, self._context(outcome), of=first.seed_id))

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
        try:
            offset = self._write(self._envelopes, envelope)
        except OSError as problem:
            self._give_up(problem)
            return 0
        finally:
            self._crawler.signals.send_catch_log(signals.seed_finished, seed_id=outcome.seed.id)
        error = envelope["error"]
        code, result = int(str(envelope["code"])), str(error["code"]) if isinstance(error, dict) else "ok"
        self.codes[code] += 1
        row = _row(outcome, envelope, code, result)
        logger.info("seed %s: %s, %d files, %d bytes, %.1f s", row.seed, row.result, row.files, row.bytes, row.seconds)
        stats = self._crawler.stats
        stats.inc_value("seeds/finished")
        stats.inc_value(f"seeds/result/{result}")
        if len(self.rows) < MAX_ROWS or (code != 200 and len(self.failures) < MAX_ROWS):
            (self.rows if len(self.rows) < MAX_ROWS else self.failures).append(row)
        return offset

    def _give_up(self, problem: OSError) -> None:
        """Stop the run: without an envelope no seed is done."""
        logger.error("envelopes.jsonl cannot be written (%s): the run stops", problem.strerror)
        engine = self._crawler.engine
        if self._closing is None:
            assert engine is not None
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason="disk_full"))

    def _write(self, file: BinaryIO | None, value: Any) -> int:
        """Append one line, whole, and hand it to the system; return the byte where it begins."""
        assert file is not None, "the output folder is not open"
        offset = file.tell()
        file.write(dump_line(value).encode() + b"\n")
        file.flush()
        return offset


def is_locked(folder: Path) -> bool:
    """Whether a run is writing to *folder* now."""
    lock = _take_lock(folder)
    if lock is not None:
        lock.close()
    return lock is None


def _take_lock(folder: Path) -> BinaryIO | None:
    """Return the open lock file of *folder*, None where another process has it; closing it gives it back."""
    file = (folder / ".lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _put_aside(folder: Path) -> None:
    """Move the results of an earlier run to ``runs/<start>/``; media stay."""
    envelopes = folder / "envelopes.jsonl"
    if not envelopes.exists():
        return
    start = datetime.fromtimestamp(envelopes.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%SZ")
    run = folder / "runs" / start
    number = 1
    while run.exists():
        number += 1
        run = folder / "runs" / f"{start}-{number}"
    run.mkdir(parents=True)
    for name in _RESULTS:
        if (folder / name).exists():
            (folder / name).rename(run / name)


def _secrets(outcome: Outcome) -> set[str]:
    """Return the cookie values that must not reach a file."""
    values: set[str] = set()
    if outcome.session is not None:
        values.update(cookie["value"] for cookie in outcome.session.storage.get("cookies", ()))
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


def _row(outcome: Outcome, envelope: Envelope, code: int, result: str) -> Row:
    files = [file for medium in outcome.post.media for file in medium.files] if outcome.post is not None else []
    missing = sum(medium.error is not None for medium in outcome.post.media) if outcome.post is not None else 0
    if code == 200 and missing:
        result = f"ok, {missing} missing"
    if "duplicate_of" in envelope:
        result = f"{result} (as {envelope['duplicate_of']})"
    return Row(
        seed=outcome.seed.id,
        text=outcome.seed.text,
        code=code,
        result=result,
        files=len(files),
        bytes=sum(file.bytes for file in files),
        seconds=time.monotonic() - outcome.started,
        advice="" if code == 200 else str(envelope["message"]),
    )
