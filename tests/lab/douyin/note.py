"""The pictures of a played note: stills with and without the watermark, and their moving parts."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab.douyin.cdn import IMAGE_HOSTS
from tests.lab.douyin.files import Files
from tests.lab.douyin.films import FILMS
from tests.lab.douyin.video import WRONG_SIZE, build_covers, build_video
from tests.lab.recipes import RECIPES
from tests.lab.things import Thing

_FORMS = ("webp", "webp", "jpeg")


def build_images(files: Files, *, stills: bool) -> list[dict[str, Any]]:
    """Return ``images`` of an item; with *stills* without moving parts."""
    return [_image(files, number, spec, stills) for number, spec in enumerate(files.images)]


def build_sound(files: Files) -> dict[str, Any]:
    """Return the value of ``video`` in a note: its sound."""
    thing = files.music()
    urls = [] if thing is None else files.cdn.music_urls(thing)[:1]
    first = RECIPES[files.images[0]["media"]]
    covers = build_covers(files, files.images[0]["media"])
    return {
        "play_addr": {"uri": urls[0] if urls else "", "url_list": urls, **WRONG_SIZE},
        **covers,
        "height": first.height,
        "width": first.width,
        "ratio": "default",
        "duration": 0,
        "big_thumbs": None,
        "bit_rate": None,
        "meta": "",
    }


def _image(files: Files, number: int, spec: Mapping[str, Any], stills: bool) -> dict[str, Any]:
    medium = spec["media"]
    recipe, thing = RECIPES[medium], files.picture(f"image-{number}", medium, spec.get("fault", ""))
    size, post = f"{recipe.width}:{recipe.height}", files.post.data
    name = base64.urlsafe_b64encode(f"抖音号：{post['author']['handle']}".encode()).decode().rstrip("=")
    image: dict[str, Any] = {
        "uri": f"tos-cn-i-0813/{thing.key}",
        "url_list": _urls(files, thing, "tplv-dy-aweme-images:q75", spec.get("forms", _FORMS)),
        "download_url_list": _urls(files, thing, f"tplv-dy-water-v2:{name}:{size}", _FORMS),
        "height": recipe.height,
        "width": recipe.width,
        "mask_url_list": None,
        "interaction_stickers": None,
    }
    if post.get("free"):
        free = _urls(files, thing, f"tplv-dy-lqen-new:{size}:q80", _FORMS)
        image["watermark_free_download_url_list"] = free
    if "live" in spec and not stills:
        image |= {"live_photo_type": 1, "clip_type": 5}
        image["video"] = build_video(files, files.uri(number), FILMS[spec["live"]])
    return image


def _urls(files: Files, thing: Thing, shape: str, forms: Sequence[str]) -> list[str]:
    """Return the URLs of one picture in these forms, one server after the other."""
    hosts = len(IMAGE_HOSTS)
    return [files.cdn.image_url(thing, files.visit, shape, form, n % hosts) for n, form in enumerate(forms)]
