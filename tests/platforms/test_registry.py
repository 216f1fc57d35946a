"""A platform is a class that a spider names; every crawl has its own instance, and instances share nothing."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response, TextResponse
from scrapy.utils.test import get_crawler

from scraper.errors import SeedError
from scraper.model.ref import Ref
from scraper.platform.contract import Platform
from scraper.platform.registry import load, load_platforms
from scraper.platform.services import PlatformServices
from spiders.twitter.platform import Twitter

NAMES = ["bilibili", "douyin", "tiktok", "twitter"]
EMBED = "https://cdn.syndication.twimg.com/tweet-result"
SETTINGS = {"SPIDER_MODULES": ["spiders"]}
_UNCHANGING = (str, int, float, bool, tuple, frozenset, type(None))


class Wants:
    """A network that demands one more feature before it answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, request: Request) -> Response:
        self.asked.append(request.url)
        is_new = "lab_new" not in request.url
        body = '{"errors":[{"message":"The following features cannot be null: lab_new"}]}' if is_new else "{}"
        return TextResponse(request.url, status=400 if is_new else 200, body=body.encode(), request=request)

    def read_from(self, response: Response) -> None:
        pass

    def setting(self, name: str) -> bool:
        return False


def test_platforms_are_found_by_name_in_order() -> None:
    assert list(load(("spiders",))) == list(load_platforms(get_crawler(settings_dict=SETTINGS).settings)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_two_crawls_share_nothing_that_can_change(name: str) -> None:
    crawlers = [get_crawler(settings_dict=SETTINGS) for _ in range(2)]
    one, other = (PlatformServices.of(crawler).platforms[name] for crawler in crawlers)
    assert type(one) is type(other)
    assert one is not other
    assert one is PlatformServices.of(crawlers[0]).platforms[name]
    assert {id(each) for each in _parts(one)}.isdisjoint(id(each) for each in _parts(other))


def _parts(value: Any) -> Iterator[object]:
    """Yield the mutable objects in *value*, and those inside them."""
    for part in vars(value).values() if hasattr(value, "__dict__") else ():
        if not isinstance(part, _UNCHANGING):
            yield part
            yield from _parts(part)


@pytest.mark.parametrize("platform", load(("spiders",)).values(), ids=NAMES)
def test_what_is_declared_cannot_change(platform: Platform) -> None:
    """A class serves all crawls: its attributes are values, except for the tables of slots, which are copied."""
    held = {name: value for name, value in vars(type(platform)).items() if not name.startswith("_")}
    odd = {name for name, value in held.items() if isinstance(value, list | set | dict)}
    assert odd <= {"slots"}


def test_what_one_crawl_learns_another_does_not_know() -> None:
    one, other, web = Twitter(), Twitter(), Wants()
    ref = Ref("twitter", "post", "20", "https://x.com/i/status/20")
    for platform in (one, one, other):
        embed = TextResponse(EMBED, body=b"{}", request=Request(EMBED))
        with pytest.raises(SeedError):
            asyncio.run(platform.parse_post(ref, embed, web))
    assert ["lab_new" in url for url in web.asked] == [False, True, True, False, True]
