"""The platforms' answers, saved unchanged for ``scrapy payload`` and ``scrapy summary``."""

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scrapy.http import Response

from scraper.envelopes.outcome import Outcome
from scraper.errors import PayloadError, SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.exchange import Exchange
from scraper.model.ref import Ref
from scraper.platform.contract import Platform
from scraper.runs.drift import FOLDER as DRIFT
from scraper.runs.drift import Drift
from scraper.runs.folder import RAW
from scraper.text.jsonline import dump_line
from scraper.text.names import safe_name

MORE = "_more.jsonl"
"""Suffix of the file with an answer's follow-ups, one a line, for a record made of several answers."""
_SHORTEST_SECRET = 8
_NAME = re.compile(r"raw_(?P<id>.+)_(?P<rid>[0-9a-f]{16})(?:_more)?\.\w+")
_MOST = 500
"""Most follow-ups that are kept of one post."""


class RawFiles:
    """Saves ``raw/raw_<id>_<rid>.json``: *rid* is the start of the envelope's ``request_id``. RAW=0 saves none."""

    def __init__(self, folder: Path, drift: Drift, *, is_on: bool) -> None:
        self._folder = folder
        self._drift = drift
        self._is_on = is_on

    def keep(self, outcome: Outcome, platform: Platform, exchange: Exchange) -> None:
        """
        Save the answer that *outcome* was read from, without the values of the session's cookies; raise OSError.

        Follow-ups go into a file beside it. An answer without the expected keys is saved in drift/ as well, to show the
        change.
        """
        assert outcome.ref is not None
        secrets = _secrets(outcome, exchange)
        text, ext = platform.raw(exchange.main)
        outcome.answer = text = _blank(text, secrets)
        data = text.encode("utf-8", "replace")
        if self._is_on:
            stem = f"{RAW}/{raw_name(outcome.ref.id, outcome.ref.url, outcome.request_id)}"
            name = self._write(f"{stem}{ext}", data)
            lines = _further(outcome.ref, platform, exchange) if outcome.post is not None else []
            if lines:
                more = "".join(f"{dump_line(line)}\n" for line in lines)
                self._write(f"{stem}{MORE}", _blank(more, secrets).encode())
            if outcome.post is not None:
                outcome.post.raw = name
        missing = outcome.error.path if isinstance(outcome.error, PayloadError) else None
        if self._drift.note(platform.name, missing):
            self._write(f"{DRIFT}/{platform.name}/{safe_name(outcome.ref.id) or '_'}{ext}", data)

    def _write(self, name: str, data: bytes) -> str:
        path = self._folder / name
        try:
            path.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return name


def raw_name(post_id: str, url: str, request_id: str) -> str:
    """Return the name of an answer's file without extension; without a post id it is made of the *url*."""
    named = safe_name(post_id) or f"unknown_{sha256(url.encode()).hexdigest()[:10]}"
    return f"raw_{named}_{short_id(request_id)}"


def parse_name(name: str) -> tuple[str, str] | None:
    """Return post id and request id prefix from the *name* of an answer, or None for another file."""
    found = _NAME.fullmatch(name)
    return None if found is None else (found["id"], found["rid"])


def short_id(request_id: str) -> str:
    """Return the part of a ``request_id`` that stands in file names."""
    return request_id.replace("-", "")[:16]


def _further(ref: Ref, platform: Platform, exchange: Exchange) -> list[dict[str, Any]]:
    """Return the lines of the follow-ups, after one with the link; empty if the record needs none of them."""
    heard = [(url, end) for url, end in exchange.follow_ups[:_MOST] if end is not exchange.main]
    lines: list[dict[str, Any]] = [{"ref": ref._asdict()}] if heard or ref.part is not None else []
    for url, end in heard:
        if isinstance(end, SeedError):
            error = {"code": end.code.value, "raw_code": end.raw_code, "raw_message": end.raw_message}
            lines.append({"url": url, "error": error})
        else:
            lines.append({"url": url, "status": end.status, "text": platform.raw(end)[0]})
    return lines


def _blank(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _secrets(outcome: Outcome, exchange: Exchange) -> set[str]:
    """Return the cookie values that must not reach a file: those of all sessions that took part."""
    further = (ask_of(end).session for _, end in exchange.follow_ups if isinstance(end, Response))
    values: set[str] = set()
    for session in (outcome.session, *further):
        if session is not None:
            values |= session.secrets
    if outcome.post is not None:
        values.update(value for m in outcome.post.media for v in m.variants for value in v.jar.values())
    bare = {value.strip('"') for value in values}
    long = {value for value in values | bare if len(value) >= _SHORTEST_SECRET}
    # all forms in a page: in JSON, with escaped slashes, in a URL
    return (
        long
        | {json.dumps(value)[1:-1] for value in long}
        | {
            form
            for value in long
            for form in (value.replace("/", "\\u002F"), value.replace("/", "\\/"), quote(value, safe=""))
        }
    )
