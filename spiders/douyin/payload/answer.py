"""Turn any answer of Douyin into posts, or raise the reason for none."""

from collections.abc import Mapping
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.posts.fields import join, peek, type_name
from scraper.posts.finder import find_posts
from scraper.posts.reader import PageReader
from scraper.text.unicode import clean_text
from spiders.douyin.payload.app_item import parse_aweme
from spiders.douyin.payload.desktop_item import parse_desktop
from spiders.douyin.payload.outcome import find_challenge, find_outcome
from spiders.douyin.payload.recognise import LOOK, DouyinFormat, Found

LOADER, INFO = "loaderData", "videoInfoRes"
_NO_POST_PAGES = {  # name of a share page that is not of a post -> its description
    "playlist": "a playlist",
    "user": "a user",
    "challenge": "a hashtag",
    "music": "a sound",
    "mix": "a collection",
    "live": "a live room",
}


class DouyinReader(PageReader[DouyinFormat]):
    """Reads answers of the site and the app, share pages, and old desktop pages."""

    look = LOOK
    post_at = "aweme_detail"
    id_at = "aweme_id"
    parsers = {DouyinFormat.AWEME: parse_aweme, DouyinFormat.DESKTOP: parse_desktop}
    scripts = ("RENDER_DATA",)
    assigned = ("_ROUTER_DATA",)
    named = {"aweme_detail": "aweme_detail", LOADER: LOADER, INFO: INFO}
    no_posts = {
        "comments": "a list of comments",
        "user_list": "a list of users",
        "user": "a user",
        "ch_info": "a hashtag",
        "music_info": "a sound",
        "mix_info": "a collection",
        "room": "a live room",
    }

    def find_challenge(self, text: str) -> SeedError | None:
        """Return the error for a captcha, or for any other refusal of the client."""
        return find_challenge(text)

    def find_in_state(self, data: object) -> Found | None:
        """Return the posts of a share page."""
        loader = peek(data, LOADER)
        return _find_in_loader(loader) if isinstance(loader, dict) else None

    def find_outcome(self, data: object) -> SeedError | None:
        """Return the outcome by the filter that removed the post, else by its code."""
        return find_outcome(data)


_READER = DouyinReader()
parse_answer, parse_post, find_own = _READER.parse_answer, _READER.parse_post, _READER.find_own


def _find_in_loader(loader: Mapping[str, Any]) -> Found:
    """Return the post of a share page's state, from the part named ``video_(id)/page``, ``note_(id)/page`` …"""
    pages = [name for name in loader if name.endswith("page")]
    for name in pages:
        if isinstance(info := peek(loader[name], INFO), dict):
            return _find_in_info(info, join(LOADER, clean_text(name), INFO))
    kinds = (_NO_POST_PAGES.get(name.split("_")[0]) for name in pages)
    if (kind := next((kind for kind in kinds if kind is not None), None)) is not None:
        raise SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=f"{kind}, not a post")
    page = pages[0] if pages else "video_(id)/page"
    missing = type_name(peek(loader.get(page), INFO))
    raise PayloadError(join(LOADER, clean_text(page), INFO), f"expected dict, got {missing}")


def _find_in_info(info: Mapping[str, Any], at: str) -> Found:
    if (found := find_posts(LOOK, dict(info), at)) is not None:
        return found
    if (outcome := find_outcome(info)) is not None:
        raise outcome
    if peek(info, "is_oversea") == 1 and peek(info, "item_list") == []:
        raise SeedError(ErrorCode.GEO_BLOCKED, raw_code="is_oversea", raw_message="nothing is shown outside China")
    raise PayloadError(join(at, "item_list", "0"), f"expected dict, got {type_name(peek(info, 'item_list.0'))}")
