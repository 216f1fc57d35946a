"""Parse the aweme of old desktop pages in ``RENDER_DATA`` (``awemeId``, ``playAddr: [{src}]``), by way of an aweme."""

import re
from collections.abc import Mapping
from typing import Any

from scraper.model.post import Post
from spiders.douyin.payload.app_item import parse_aweme

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_RENAMED = {"author_info": "author", "stats": "statistics"}
_COVERS = ("cover", "origin_cover", "dynamic_cover")
_OF_FILE = ("width", "height", "data_size", "uri")
_DEPTH = 12


def parse_desktop(raw: Mapping[str, Any], at: str) -> Post:
    """Turn such an object into a Post; errors below *at* use the aweme's names."""
    return parse_aweme(to_aweme(raw), at)


def to_aweme(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return *raw* with the names and the form of an aweme."""
    item = {_RENAMED.get(key, key): value for key, value in _snake(dict(raw), 0).items()}
    video = item.get("video")
    if isinstance(video, dict):
        item["video"] = video = _to_video(video)
        download = item.get("download")
        if isinstance(download, dict) and isinstance(download.get("url_list"), list):
            video["download_addr"] = {"url_list": download["url_list"]}
    images = item.get("images")
    for image in images if isinstance(images, list) else []:
        if isinstance(image, dict) and isinstance(image.get("video"), dict):
            image["video"] = _to_video(image["video"])
    return item


def _snake(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and depth < _DEPTH:
        return {_CAPITAL.sub("_", str(key)).lower(): _snake(child, depth + 1) for key, child in value.items()}
    if isinstance(value, list) and depth < _DEPTH:
        return [_snake(child, depth + 1) for child in value]
    return value


def _to_video(video: Mapping[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in video.items() if key not in ("play_addr", "bit_rate_list")}
    made["play_addr"] = {**_address(video, "play_addr", "play_api"), "uri": video.get("uri")}
    made["play_addr_265"] = _address(video, "play_addr_h265", "play_api_h265")
    qualities = video.get("bit_rate_list")
    made["bit_rate"] = [
        {**entry, "play_addr": _address(entry, "play_addr", "play_api") | {key: entry.get(key) for key in _OF_FILE}}
        for entry in (qualities if isinstance(qualities, list) else [])
        if isinstance(entry, dict)
    ]
    for name in _COVERS:
        if isinstance(made.get(name), str):
            made[name] = {"url_list": [made[name]]}
    return made


def _address(node: Mapping[str, Any], files: str, api: str) -> dict[str, Any]:
    """Return the address object for a list of ``{src}`` and the play URL beside it."""
    listed = node.get(files)
    sources = [entry.get("src") for entry in (listed if isinstance(listed, list) else []) if isinstance(entry, dict)]
    return {"url_list": [url for url in [*sources, node.get(api)] if url]}
