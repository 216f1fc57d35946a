"""Find the site's own object of a post in any answer."""

from collections.abc import Mapping
from typing import Any

from scraper.errors import PayloadError
from scraper.posts.fields import peek
from scraper.posts.scripts import load_json
from spiders.bilibili.payload.page import INITIAL, as_states, find_states

_IN_STATE = ("videoData", "videoInfo", "video.viewInfo", "epInfo", "detail")
_IN_ANSWER = ("result.View", "data.View", "data.item", "result", "data")


def find_own(text: str) -> Mapping[str, Any] | None:
    """Return the object that describes the post, else the whole answer; None for text that is not an answer."""
    try:
        data = find_states(text) if text.lstrip().startswith("<") else load_json(text)
    except PayloadError:
        return None
    if not isinstance(data, Mapping):
        return None
    states = as_states(data)
    root, places = (data, _IN_ANSWER) if states is None else (states.get(INITIAL), _IN_STATE)
    found = next((value for place in places if isinstance(value := peek(root, place), dict) and value), None)
    return data if found is None else found
