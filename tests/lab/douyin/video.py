"""The video part of a played item: addresses, qualities, covers."""

import zlib
from typing import Any

from tests.lab.douyin.cdn import HOME
from tests.lab.douyin.files import Files
from tests.lab.douyin.films import Film
from tests.lab.recipes import RECIPES
from tests.lab.things import Thing

WRONG_SIZE = {"width": 720, "height": 720}
"""The size that the site writes for many addresses."""
_CODECS = {"h264": "h264", "hevc": "bytevc1"}


def build_video(files: Files, uri: str, film: Film) -> dict[str, Any]:
    """Return ``video`` of an item, or of a moving picture."""
    spec = files.post.data.get("video", {})
    shape = film.shape
    video: dict[str, Any] = {
        "play_addr": _address(files, uri, film.play),
        **build_covers(files, film.cover),
        "height": shape.height,
        "width": shape.width,
        "ratio": shape.quality,
        "use_static_cover": True,
        "format": "mp4",
        "duration": int(shape.seconds * 1000),
        "audio": {"original_sound_infos": None},
        "bit_rate_audio": None,
        "is_source_HDR": 0,
        "big_thumbs": [],
        "video_model": "",
        "meta": '{"format":"mp4","loudness":"-12.8","peak":"0.83176","qprf":"1.000","sr_score":"1.000"}',
    }
    if not spec.get("qualities", True):
        return video | {"bit_rate": None}
    video["play_addr_h264"] = video["play_addr"]
    if film.hevc is not None:
        video["play_addr_265"] = _address(files, uri, film.hevc)
    if film.logo and spec.get("download", True):
        video["download_addr"] = _download(files, uri, film.logo)
    return video | {"bit_rate": [_quality(files, uri, name) for name in film.gears]}


def build_covers(files: Files, medium: str) -> dict[str, Any]:
    """Return the stills of a video or a note."""
    thing = files.picture("cover", medium)
    recipe = RECIPES[medium]
    urls = [
        files.cdn.image_url(thing, files.visit, "tplv-dy-cropcenter:323:430", "webp"),
        files.cdn.image_url(thing, files.visit, "tplv-dy-cropcenter:323:430", "jpeg"),
        files.cdn.image_url(thing, files.visit, "tplv-dy-cropcenter:323:430", "jpeg", 1),
    ]
    first = {"uri": f"tos-cn-i-0813/{thing.key}", "url_list": urls, **WRONG_SIZE}
    origin = [files.cdn.image_url(thing, files.visit, "tplv-dy-360p", "jpeg", host) for host in (0, 1)]
    size = {"width": recipe.width, "height": recipe.height}
    return {
        "cover": first,
        "dynamic_cover": first,
        "origin_cover": {"uri": f"tos-cn-p-0015/{thing.key}", "url_list": origin, **size},
    }


def _address(files: Files, uri: str, medium: str) -> dict[str, Any]:
    """Return an address object: two servers, and the address that redirects to one of them."""
    thing = files.file(medium)
    recipe = RECIPES[medium]
    lead = f"{HOME}aweme/v1/play/?video_id={uri}&line=0&file_id={thing.key}&sign={zlib.crc32(thing.key.encode()):032x}"
    return {
        "uri": uri,
        "url_list": [*files.urls(medium), f"{lead}&is_play_url=1&source=PackSourceEnum_AWEME_DETAIL"],
        "width": recipe.width,
        "height": recipe.height,
        "url_key": f"{uri}_{_CODECS[recipe.codec or '']}_{recipe.quality}_{_rate(thing)}",
        "data_size": thing.size,
        "file_hash": f"{zlib.crc32(medium.encode()):032x}",
        "file_cs": f"c:0-7366-e399|a:{uri}",
    }


def _download(files: Files, uri: str, medium: str) -> dict[str, Any]:
    """Return the address of the file for sharing."""
    lead = f"{HOME}aweme/v1/play/?video_id={uri}&line=0&ratio=540p&watermark=1&media_type=4&vr_type=0&improve_bitrate=0"
    return {
        "uri": uri,
        "url_list": [*files.urls(medium), lead],
        **WRONG_SIZE,
        "data_size": files.file(medium).size,
        "file_cs": f"c:0-7366-e399|a:{uri}",
    }


def _quality(files: Files, uri: str, medium: str) -> dict[str, Any]:
    """Return one entry of bit_rate."""
    thing, recipe = files.file(medium), RECIPES[medium]
    side, is_hevc = recipe.quality[:-1], int(recipe.codec == "hevc")
    return {
        "gear_name": f"adapt_lowest_{side}_1" if is_hevc else f"normal_{side}_0",
        "quality_type": 15 if is_hevc else {"1080": 1, "720": 10}.get(side, 20),
        "bit_rate": _rate(thing),
        "play_addr": _address(files, uri, medium),
        "is_h265": is_hevc,
        "is_bytevc1": is_hevc,
        "HDR_type": "",
        "HDR_bit": "",
        "FPS": recipe.fps,
        "video_extra": '{"PktOffsetMap":"[]","format":"mp4","applog_map":{"feature_id":"0lab0feature0id00"}}',
        "format": "mp4",
    }


def _rate(thing: Thing) -> int:
    return int(thing.size * 8 / RECIPES[thing.medium].seconds)
