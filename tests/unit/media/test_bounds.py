"""Bounds against hostile answers: concurrent parts of a post, bytes of a playlist and of its pieces."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector

from scraper.errors import ErrorCode, MediaError, SeedError
from scraper.fetch.sink import HEAD, Sink
from scraper.fetch.transport.sink import SinkError, SinkWriter
from scraper.media.build import FileBuilder
from scraper.media.libav.pool import LibavPool
from scraper.media.piece import PieceFetcher
from scraper.media.piece_ref import PieceRef
from scraper.media.transfer import _request
from scraper.model.post import Kind, Media, Post, Role, Variant
from spiders.bilibili.payload.video import parse_view
from spiders.bilibili.platform import Bilibili
from spiders.bilibili.video_parts import Parts

PLAYLIST = "#EXTM3U\n#EXTINF:1,\n1.ts\n#EXTINF:1,\n2.ts\n#EXT-X-ENDLIST\n"
BVID = "BV1GJ411x7h7"


class SlowWeb:
    """Counts concurrent requests, and answers none of them."""

    now = most = 0

    async def fetch(self, request: Request) -> Response:
        """Take a moment, then fail."""
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        raise SeedError(ErrorCode.TIMEOUT)

    def read_from(self, response: Response) -> None:
        """Never called: there is no answer."""

    def setting(self, name: str) -> bool:
        """No switch is on."""
        return False


class TwoPieces:
    """Delivers a playlist of two pieces of four bytes each."""

    def __init__(self) -> None:
        self.done: list[int] = []

    async def fetch_text(self, *_: object) -> str:
        """Return the playlist."""
        return PLAYLIST

    async def fetch_url(self, piece: PieceRef, role: Role, url: str, path: Path, done: int) -> Sink:
        """Write a piece."""
        self.done.append(done)
        path.write_bytes(url[-4:].encode())
        return Sink(path=path, maxsize=9, idle_timeout=1, accept=lambda _: None, bytes=4)


def test_a_post_of_many_parts_leaves_room_for_others() -> None:
    pages = [{"cid": page, "page": page, "part": "", "duration": 1} for page in range(1, 101)]
    post, web = parse_view({"bvid": BVID, "title": "many", "pages": pages}, "data"), SlowWeb()
    with pytest.raises(SeedError):
        asyncio.run(Parts().complete(post, range(1, 101), web))
    assert 1 < web.most <= 8


def test_a_track_begins_anew_and_counts_all_its_pieces(tmp_path: Path) -> None:
    stem, pieces = tmp_path / "post.v0", TwoPieces()
    (tmp_path / "post.v0.track0.part").write_bytes(b"of a process that was killed")
    variant = Variant(url="https://video.twimg.com/a.m3u8", watermark="none")
    medium = Media(index=1, role=Role.VIDEO, variants=[variant])
    builder = FileBuilder(pieces=cast("PieceFetcher", pieces), libav=cast("LibavPool", None), stats=cast("StatsCollector", None))
    source: Any = SimpleNamespace(post=Post(platform="twitter", id="1", kind=Kind.VIDEO, url="https://x.com/a/status/1"))
    [[track]] = asyncio.run(builder._from_playlist(PieceRef(source, medium, 0), stem))
    assert (track.read_bytes(), pieces.done) == (b"1.ts2.ts", [0, 4])


@pytest.mark.parametrize("url", ["https://[bad/", "https://a\u2100b/", "no url"])
def test_an_address_that_is_none_costs_the_medium_alone(url: str, tmp_path: Path) -> None:
    sink = Sink(path=tmp_path / "file", maxsize=9, idle_timeout=1, accept=lambda _: None)
    with pytest.raises(MediaError, match="invalid URL"):
        _request(Bilibili(), None, Variant(url=url, watermark="none"), url, sink)


def pour(writer: SinkWriter, data: bytes) -> None:
    writer.write(data)
    writer.finish()


@pytest.mark.parametrize("size", [1, HEAD])
def test_a_sink_that_was_given_up_makes_no_file(tmp_path: Path, size: int) -> None:
    """A transfer may run on for a moment after its caller was stopped and has removed the files."""
    sink = Sink(path=tmp_path / "x.part", maxsize=10**6, idle_timeout=1, accept=lambda head: None)
    writer = SinkWriter(sink)
    sink.is_given_up = True
    with pytest.raises(SinkError):
        pour(writer, b"x" * size)
    assert list(tmp_path.iterdir()) == []
