"""Any answer of Douyin -> posts, or why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.platform.refusal import CAPTCHA
from scraper.posts.answer import Answer, collect
from scraper.posts.fields import join, peek, type_name
from scraper.posts.finder import choose, find_empty, find_posts, pick
from scraper.posts.states import find_in_answer
from scraper.posts.verdicts import find_other
from scraper.text.unicode import clean_text
from spiders.douyin.payload.app_item import parse_aweme
from spiders.douyin.payload.desktop_item import parse_desktop
from spiders.douyin.payload.outcome import find_outcome, find_refusal
from spiders.douyin.payload.recognise import LOOK, Found, ItemFormat, Raw

SCRIPTS = ("RENDER_DATA",)
ASSIGNED = ("_ROUTER_DATA",)
LOADER, INFO = "loaderData", "videoInfoRes"
_PARSERS: dict[ItemFormat, Callable[[Mapping[str, Any], str], Post]] = {
    ItemFormat.AWEME: parse_aweme,
    ItemFormat.DESKTOP: parse_desktop,
}
_NO_POSTS = {  # key of an answer about something else -> what that is
    "comments": "a list of comments",
    "user_list": "a list of users",
    "user": "a user",
    "ch_info": "a hashtag",
    "music_info": "a sound",
    "mix_info": "a collection",
    "room": "a live room",
}
_NO_POST_PAGES = {  # how the share page of something else is called -> what that is
    "playlist": "a playlist",
    "user": "a user",
    "challenge": "a hashtag",
    "music": "a sound",
    "mix": "a collection",
    "live": "a live room",
}


def parse_answer(text: str) -> Answer:
    """
    Read a saved answer of any shape, a page or JSON.

    Raise SeedError where Douyin says why there is no post, PayloadError with the missing path where nobody does. Of a
    list, entries that cannot be read are left out; its page counts them all.
    """
    found = _find(text)
    if found.page is None:
        return Answer(posts=[_parse(found.raws[0])])
    return collect(found.raws, _parse, found.page)


def parse_post(text: str, post_id: str | None) -> Post:
    """Read the answer for one post; *post_id* guards against an answer about another one."""
    raws = _find(text).raws
    if not raws:
        raise PayloadError("aweme_detail", "expected dict, got nothing")
    return choose(raws, post_id, _parse, "aweme_id")


def find_own(text: str, post_id: str) -> Mapping[str, Any] | None:
    """Return the object that describes the post *post_id* in an answer, None where there is none."""
    return pick(lambda: _find(text).raws, post_id)


def _parse(raw: Raw) -> Post:
    return _PARSERS[raw.shape](raw.data, raw.at)


def _find(text: str) -> Found:
    text = text.removeprefix("\ufeff")
    if (refusal := find_refusal(text)) is not None:
        raise (replace(refusal, code="10000") if refusal == CAPTCHA else refusal).to_error()
    return find_in_answer(text, SCRIPTS, ASSIGNED, _find_in_json)


def _find_in_json(data: object) -> Found:
    loader = peek(data, LOADER)
    if isinstance(loader, dict):
        return _find_in_loader(loader)
    if (found := find_posts(LOOK, data)) is not None:
        return found
    if (outcome := find_outcome(data)) is not None:
        raise outcome
    if (other := find_other(data, _NO_POSTS)) is not None:
        raise other
    if (page := find_empty(LOOK, data)) is not None:
        return Found([], page)
    raise _explain(data)


def _find_in_loader(loader: Mapping[str, Any]) -> Found:
    """Return the post of a share page's state, whose part is called ``video_(id)/page``, ``note_(id)/page`` …"""
    pages = [name for name in loader if name.endswith("page")]
    for name in pages:
        if isinstance(info := peek(loader[name], INFO), dict):
            return _find_in_info(info, join(LOADER, clean_text(name), INFO))
    kinds = (_NO_POST_PAGES.get(name.split("_")[0]) for name in pages)
    if (kind := next((kind for kind in kinds if kind is not None), None)) is not None:
        raise SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=f"{kind}, no post")
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


def _explain(data: object) -> PayloadError:
    """Return the error for JSON of no known kind: what is missing."""
    if not isinstance(data, dict):
        return PayloadError("$", f"expected a post or a list of posts, got {type_name(data)}")
    for above, node in (("", data), ("data", data.get("data"))):
        for key in ("aweme_detail", LOADER, INFO):
            if isinstance(node, dict) and key in node:
                return PayloadError(join(above, key), f"expected dict, got {type_name(node[key])}")
    keys = ", ".join(clean_text(str(key))[:40] for key in list(data)[:8])
    return PayloadError("aweme_detail", f"expected dict, got nothing (keys: {keys})")
