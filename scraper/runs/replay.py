"""Read saved answers again as a crawl does, with the follow-ups that were saved beside them."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy import Request
from scrapy.http import Response, TextResponse
from scrapy.settings import BaseSettings

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.model.ref import Ref
from scraper.platform.contract import Platform
from scraper.runs.answers import MORE

_OF_THE_MOMENT = frozenset({"w_rid", "wts"})
"""Query parameters of a signature, which differ each time."""


class KeptWeb:
    """A Web that returns the answers of a file, in their order."""

    def __init__(self, lines: Iterable[Mapping[str, Any]], settings: BaseSettings) -> None:
        self._settings = settings
        self._answers: dict[str, deque[Mapping[str, Any]]] = defaultdict(deque)
        for line in lines:
            self._answers[_key(line["url"])].append(line)

    async def fetch(self, request: Request) -> Response:
        """Return the saved response to *request*; raise SeedError if it failed, or is not in the file."""
        known = self._answers[_key(request.url)]
        if not known:
            raise SeedError(ErrorCode.TIMEOUT, raw_message="this answer was not kept")
        line = known.popleft()
        if "error" in line:
            error = line["error"]
            raise SeedError(ErrorCode(error["code"]), raw_code=error["raw_code"], raw_message=error["raw_message"])
        return _answer(line["text"], request.url, int(line["status"]))

    def read_from(self, response: Response) -> None:
        """Do nothing: *response* is from disk."""

    def setting(self, name: str) -> bool:
        """Return whether the switch *name* is on."""
        return self._settings.getbool(name)


def read_again(path: Path, text: str, platform: Platform, settings: BaseSettings) -> Post | None:
    """
    Return the post of the answer *text*, saved at *path*, with its follow-ups; None if it holds no post.

    Raises SeedError and PayloadError as a crawl does, and PayloadError for a broken file of follow-ups.
    """
    more = path.with_name(f"{path.stem}{MORE}")
    if not more.is_file():
        return None
    try:
        first, *lines = (json.loads(line) for line in more.read_text("utf-8").split("\n") if line)
        ref, web = Ref(**first["ref"]), KeptWeb(lines, settings)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PayloadError(more.name, "expected the lines that a crawl writes, found a fault: remove it") from error
    return asyncio.run(platform.parse_post(ref, _answer(text, ref.url, 200), web))


def _answer(text: str, url: str, status: int) -> Response:
    body = text.encode("utf-8", "replace")
    return TextResponse(url, status=status, body=body, encoding="utf-8", request=Request(url))


def _key(url: str) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in _OF_THE_MOMENT]
    return parts._replace(query=urlencode(query)).geturl()
