"""The platforms' answers on disk, as they were read, for ``scrapy payload`` and ``scrapy summary``."""

import json
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from scrapy.crawler import Crawler

from scraper.core.arguments import read_bool
from scraper.core.errors import PayloadError
from scraper.core.naming import safe_name
from scraper.core.outcome import Outcome
from scraper.drift import FOLDER as DRIFT
from scraper.drift import Drift
from scraper.folder import RAW
from scraper.percrawler import PerCrawler

_SHORTEST_SECRET = 8


class RawFiles(PerCrawler):
    """Keeps ``raw/raw_<id>_<rid>.json``: *rid* is the start of the envelope's ``request_id``. RAW=0 keeps none."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._folder = Path(crawler.settings["OUTPUT_DIR"])
        self._is_on = read_bool("RAW", crawler.settings["RAW"])
        self._drift = Drift.of(crawler)

    def keep(self, outcome: Outcome, text: str, ext: str) -> None:
        """
        Keep the answer that *outcome* was read from, without the values of the session's cookies; raise OSError.

        One whose known keys are gone is kept apart as well, for whoever has to find out what has changed.
        """
        assert outcome.ref is not None
        for secret in _secrets(outcome):
            text = text.replace(secret, "***")
        outcome.answer, data = text, text.encode("utf-8", "replace")
        if self._is_on:
            name = self._write(f"{RAW}/{raw_name(outcome.ref.id, outcome.ref.url, outcome.request_id)}{ext}", data)
            if outcome.post is not None:
                outcome.post.raw = name
        platform = outcome.ref.platform
        missing = outcome.error.path if isinstance(outcome.error, PayloadError) else None
        if self._drift.note(platform, missing):
            self._write(f"{DRIFT}/{platform}/{safe_name(outcome.ref.id) or '_'}{ext}", data)

    def _write(self, name: str, data: bytes) -> str:
        path = self._folder / name
        try:
            path.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return name


def raw_name(post_id: str, url: str, request_id: str) -> str:
    """Return the name of an answer's file, without its extension; one without an id is named after its *url*."""
    named = safe_name(post_id) or f"unknown_{sha256(url.encode()).hexdigest()[:10]}"
    return f"raw_{named}_{short_id(request_id)}"


def short_id(request_id: str) -> str:
    """Return the part of a ``request_id`` that stands in file names."""
    return request_id.replace("-", "")[:16]


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
    return (
        long
        | {json.dumps(value)[1:-1] for value in long}
        | {
            form
            for value in long
            for form in (value.replace("/", "\\u002F"), value.replace("/", "\\/"), quote(value, safe=""))
        }
    )
