"""The media step by itself: without a Crawler, over a web that is a function, into a folder, with the real libav."""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import StatsCollector

from scraper.fetch.ask import ask_of
from scraper.fetch.session import Session
from scraper.fetch.transport.sink import SinkWriter
from scraper.media.build import FileBuilder
from scraper.media.fetcher import MediaFetcher
from scraper.media.libav.options import LibavOptions
from scraper.media.libav.pool import LibavPool
from scraper.media.options import MediaOptions
from scraper.media.piece import PieceFetcher
from scraper.media.refresh import RefreshablePost
from scraper.media.storage.local import LocalStorage
from scraper.media.transfer import Transfers
from scraper.model.policy import Policy
from scraper.model.post import Author, Kind, Media, Post, Role, Variant
from scraper.runtime.progress import Progress
from spiders.twitter.platform import Twitter
from tests.support.lab_files import lab_file

FILM = "https://video.twimg.com/tweet_video/a.mp4"
PICTURES = ("https://pbs.twimg.com/media/1.jpg", "https://pbs.twimg.com/media/2.jpg")


class Stats:
    """Counts."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        """Count."""
        self.counts[key] = self.counts.get(key, 0) + count


class Web:
    """Streams the body of each URL into the request's sink; 404 for any other."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self.bodies = bodies
        self.asked: list[str] = []

    async def send(self, request: Request) -> Response:
        """Answer *request* as the download handler does."""
        self.asked.append(request.url)
        if request.url not in self.bodies:
            return Response(request.url, status=404)
        sink = ask_of(request).sink
        assert sink is not None
        writer = SinkWriter(sink)
        writer.write(self.bodies[request.url])
        writer.finish()
        writer.close()
        return Response(request.url, flags=["streamed"])


def fetch(folder: Path, post: Post, web: Web, policy: Policy) -> tuple[int, Stats]:
    """Fetch the media of *post*; return the number of wanted media, and the counts."""
    settings, stats = Settings(), Stats()
    settings.setmodule("scraper.settings")
    return asyncio.run(_fetch(settings, folder, post, web, policy, stats)), stats


async def _fetch(settings: Settings, folder: Path, post: Post, web: Web, policy: Policy, counts: Stats) -> int:
    stats, options = cast("StatsCollector", counts), MediaOptions.from_settings(settings)
    libav, storage = LibavPool(LibavOptions.from_settings(settings), stats), LocalStorage(folder)
    pieces = PieceFetcher(
        send=web.send,
        options=options,
        transfers=Transfers(send=web.send, stats=stats),
        libav=libav,
        stats=stats,
        progress=Progress(),
        is_dead=lambda proxy: False,
    )
    builder = FileBuilder(pieces=pieces, libav=libav, stats=stats)
    fetcher = MediaFetcher(
        options=options, builder=builder, storage=storage, stats=stats, is_running=lambda: True
    )
    try:
        source = RefreshablePost(post=post, platform=Twitter(), session=None, extract=_never)
        return await fetcher.fetch(source, policy)
    finally:
        fetcher.close()
        storage.close()
        await libav.close()


async def _never() -> tuple[Post, Session | None]:
    raise AssertionError("nothing is refused here")


def new_post(kind: Kind, role: Role, *urls: str) -> Post:
    media_ = [Media(index=n, role=role, variants=[Variant(url=url, watermark="none")]) for n, url in enumerate(urls, 1)]
    return Post(
        platform="twitter", id="1", kind=kind, url="https://x.com/a/status/1", author=Author(handle="a"), media=media_
    )


def test_a_film_is_fetched_verified_and_named_without_a_crawler(tmp_path: Path) -> None:
    film, post = lab_file("tiny.mp4").read_bytes(), new_post(Kind.VIDEO, Role.VIDEO, FILM)
    web = Web({FILM: film})
    assert fetch(tmp_path, post, web, Policy())[0] == 1
    (file,) = post.media[0].files
    assert (file.path, file.bytes, file.sha256) == (
        "media/twitter/a/twitter_1_1.mp4", len(film), hashlib.sha256(film).hexdigest(),
    )  # fmt: skip
    assert file.probe is not None
    assert file.probe.codec == "h264"
    assert (tmp_path / file.path).read_bytes() == film
    again = new_post(Kind.VIDEO, Role.VIDEO, FILM)
    _, stats = fetch(tmp_path, again, web, Policy())
    assert (again.media[0].files, web.asked, stats.counts) == ([file], [FILM], {"media/reused": 1})


def test_pictures_become_a_film_and_a_missing_one_is_a_value(tmp_path: Path) -> None:
    post = new_post(Kind.IMAGE, Role.IMAGE, *PICTURES)
    web = Web({PICTURES[0]: lab_file("photo-1.jpeg").read_bytes()})
    wanted, stats = fetch(tmp_path, post, web, Policy(content="video_only"))
    first, second, film = post.media
    assert (wanted, stats.counts["media/failed/gone"], stats.counts["media/rendered"]) == (3, 1, 1)
    assert (first.is_had, first.failures, first.error) == (True, [], None)
    assert (second.is_had, [failure.cause for failure in second.failures]) == (False, ["gone"])
    assert second.error == "gone: the server answered 404"
    assert film.files[0].reason == "made of 1 pictures, without sound"
