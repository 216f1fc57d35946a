"""Turn any answer of Bilibili into posts or a fragment of one, or raise the reason for none."""

from collections.abc import Mapping
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.posts.answer import Answer
from scraper.posts.fields import Fields, join, peek, type_name
from scraper.posts.scripts import load_json
from scraper.text.unicode import clean_text
from spiders.bilibili.payload.audio import is_song, is_song_play, parse_song, read_song_play
from spiders.bilibili.payload.lists import find_list, is_id_list, parse_id_list, parse_list
from spiders.bilibili.payload.opus import is_dynamic, read_dynamic
from spiders.bilibili.payload.outcome import find_outcome, find_refusal
from spiders.bilibili.payload.page import INITIAL, as_states, find_states, read_page
from spiders.bilibili.payload.play import find_play, is_player, read_play, read_player
from spiders.bilibili.payload.season import is_media_card, is_season, parse_media_card, parse_season
from spiders.bilibili.payload.video import find_redirect, is_view, parse_view, read_pagelist

_NO_POSTS = {  # key of an answer that is not about posts -> its description
    "wbi_img": "the keys of signatures",
    "replies": "a list of comments",
    "live_status": "a live room",
    "b_3": "a guest's cookies",
    "ticket": "a ticket",
}


def parse_answer(text: str) -> Answer:
    """
    Read a saved answer of any shape, a page or JSON.

    Raise SeedError if Bilibili gives the reason for a missing post, else PayloadError with the missing path.
    """
    text = text.removeprefix("\ufeff")
    if (refusal := find_refusal(text)) is not None:
        raise refusal.to_error()
    start = text.lstrip()[:1]
    if start == "<":
        return _read_html(text)
    if start not in ("{", "["):
        raise PayloadError("$", f"expected a page or JSON, got {clean_text(text.strip()[:20])!r}")
    return _read_json(load_json(text))


def parse_post(text: str, post_id: str | None) -> Post:
    """Read the answer about one post; raise PayloadError if it is not *post_id*."""
    posts = parse_answer(text).posts
    if not posts:
        raise PayloadError("data", "expected a post, got none")
    post = next((post for post in posts if post.id == post_id), posts[0])
    if post_id is not None and post.id != post_id:
        raise PayloadError("bvid", f"expected {post_id}, got {post.id}")
    return post


def _read_html(page: str) -> Answer:
    states = find_states(page)
    if not states:
        raise PayloadError(INITIAL, "expected a script, got nothing")
    return read_page(states)


def _read_json(data: object) -> Answer:
    if isinstance(data, list):
        data = {"data": data}
    if not isinstance(data, Mapping):
        raise PayloadError("$", f"expected an answer, got {type_name(data)}")
    if (states := as_states(data)) is not None:
        return read_page(states)
    if (other := _find_other(data)) is not None:
        raise other
    if (outcome := find_outcome(data)) is not None:
        raise outcome
    if (found := find_play(data)) is not None:
        return Answer(fragment=read_play(found))
    key = next((key for key in ("result", "data") if isinstance(data.get(key), dict | list)), None)
    body, at = (data, "") if key is None else (data[key], key)
    answer = _read_list(body, at) if isinstance(body, list) else _read_object(body, at)
    if answer is None:
        raise _explain(data, body, at)
    return answer


def _read_list(body: list[Any], at: str) -> Answer | None:
    if peek(body, "0.cid") is not None and peek(body, "0.page") is not None:
        return Answer(fragment=read_pagelist(body, at or "$"))
    return parse_id_list(body, at) if is_id_list(body) else None


def _read_object(body: Mapping[str, Any], at: str) -> Answer | None:
    """Return the answer in *body*, recognised by its keys."""
    view = body.get("View")
    if isinstance(view, dict):
        return Answer(posts=[parse_view(view, join(at, "View"), Fields(body, at))], leads_to=find_redirect(view))
    if is_view(body):
        return Answer(posts=[parse_view(body, at)], leads_to=find_redirect(body))
    if is_player(body):
        return Answer(fragment=read_player(Fields(body, at)))
    if is_season(body):
        return parse_season(body, at)
    if is_media_card(body):
        return parse_media_card(body, at)
    if is_song_play(body):
        return Answer(fragment=read_song_play(body, at))
    if is_song(body):
        return Answer(posts=[parse_song(body, at)])
    for place, value in ((join(at, "item"), body.get("item")), (at, body)):
        if isinstance(value, dict) and is_dynamic(value):
            return read_dynamic(value, place)
    shape = find_list(body)
    return None if shape is None else parse_list(shape, body, at)


def _find_other(data: Mapping[str, Any]) -> SeedError | None:
    """Return the error for an answer that is not about posts; that of a live room depends on its state."""
    for node in (data, data.get("data")):
        key = next((key for key in _NO_POSTS if isinstance(node, dict) and key in node), None)
        if key == "live_status" and isinstance(node, dict) and node[key] == 0:
            return SeedError(ErrorCode.NOT_LIVE, raw_code="live_status 0")
        if key is not None:
            return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=f"{_NO_POSTS[key]}, not a post")
    return None


def _explain(data: Mapping[str, Any], body: Any, at: str) -> PayloadError:
    """Return the error for JSON of unknown shape: the missing value."""
    if body is data and "code" in data:
        return PayloadError("data", f"expected dict, got {type_name(data.get('data'))}")
    keys = ", ".join(clean_text(str(key))[:40] for key in list(body)[:8]) if isinstance(body, dict) else type_name(body)
    return PayloadError(join(at, "bvid"), f"expected BV id, got nothing (keys: {keys})")
