"""Play data: DASH, FLV segments or one MP4, as the wish and the post's limits allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab.bilibili.cdn import Visit
from tests.lab.bilibili.files import Files, segment_base
from tests.lab.bilibili.films import Film
from tests.lab.messages import Ask
from tests.lab.recipes import RECIPES
from tests.lab.things import Thing

GUEST = 32
_TRIAL = 64
_DASH, _DOLBY, _AV1 = 16, 256, 2048
_QUALITIES = {
    120: ("hdflv2", "超清 4K", "4K 超高清"),
    112: ("hdflv2", "高清 1080P+", "1080P 高码率"),
    80: ("flv", "高清 1080P", "1080P 高清"),
    64: ("flv720", "高清 720P", "720P 准高清"),
    32: ("flv480", "清晰 480P", "480P 标清"),
    16: ("mp4", "流畅 360P", "360P 流畅"),
}
_CODECS = {"h264": ("avc1.640033", 7), "hevc": ("hev1.1.6.L120.90", 12), "av1": ("av01.0.04M.08.0.110.01.01.01.0", 13)}
_SOUND_CODECS = {"aac": "mp4a.40.2", "flac": "fLaC", "eac3": "ec-3"}
_FILES = {(80, "hevc"): 30077, (64, "hevc"): 30066, (32, "hevc"): 30033, (16, "hevc"): 30011, (32, "av1"): 100023}
"""Numbers in file names that do not follow from the quality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The play data that a client requests."""

    fnval: int = 0
    limit: int = GUEST
    html5: bool = False

    @classmethod
    def of_page(cls, ask: Ask, data: Mapping[str, Any]) -> "Wish":
        """Read the wish of a page request from the player's cookie."""
        return cls(fnval=_number(ask.cookies.get("CURRENT_FNVAL", "")), limit=data.get("guest", GUEST))

    @classmethod
    def of_call(cls, ask: Ask, data: Mapping[str, Any]) -> "Wish":
        """Read the wish of an API call."""
        limit = data.get("guest", GUEST)
        if ask.query.get("try_look") == "1":
            limit = max(limit, data.get("try_look", _TRIAL))
        return cls(fnval=_number(ask.query.get("fnval", "")), limit=limit, html5=ask.query.get("platform") == "html5")


def build_play(files: Files, part: int, wish: Wish) -> dict[str, Any]:
    """Return the play data of part *part*."""
    film, data = files.film(part), files.post.data
    accept: list[int] = data.get("accept", [80, 64, 32, 16] if film.pictures else [32])
    if film.single and (wish.html5 or not wish.fnval & _DASH):
        streams: dict[str, Any] = {"durl": _single(files, part, film, wish)}
        quality = 64 if wish.html5 and film.size[0] > 1000 else 16
    elif film.pictures and not wish.html5:
        streams = {"dash": _dash(files, part, film, wish)}
        quality = 64
    else:
        streams = {"durl": _segments(files, part, film)}
        quality = 32
    named = [_QUALITIES[number] for number in accept]
    return {
        "from": "local",
        "result": "suee",
        "message": "",
        "quality": quality,
        "format": _QUALITIES[quality][0],
        "timelength": round(film.seconds * 1000),
        "accept_format": ",".join(name for name, _, _ in named),
        "accept_description": ["试看"] if data.get("preview") else [text for _, text, _ in named],
        "accept_quality": accept,
        "video_codecid": 7,
        "seek_param": "start",
        "seek_type": "second" if wish.html5 else "offset",
        **streams,
        "support_formats": [_format(number, is_dash="dash" in streams) for number in accept],
        "high_format": None,
        "last_play_time": 0,
        "last_play_cid": 0,
        "view_info": None,
        "play_conf": {"is_new_description": False},
        "cur_language": "",
    }


def _dash(files: Files, part: int, film: Film, wish: Wish) -> dict[str, Any]:
    pictures = [
        _picture(files, part, quality, name) for quality, name in film.pictures if _is_given(quality, name, wish)
    ]
    sounds = [_sound(files, part, number, name) for number, name in film.sounds]
    dolby = [_sound(files, part, 30250, film.dolby)] if film.dolby and wish.fnval & _DOLBY else None
    flac = {"display": True, "audio": _sound(files, part, 30251, film.flac)} if film.flac else None
    return {
        "duration": round(film.seconds),
        "minBufferTime": 1.5,
        "min_buffer_time": 1.5,
        "video": pictures,
        "audio": sounds or None,
        "dolby": {"type": 2 if dolby else 0, "audio": dolby},
        "flac": flac,
    }


def _is_given(quality: int, name: str, wish: Wish) -> bool:
    return quality <= wish.limit and (RECIPES[name].codec != "av1" or bool(wish.fnval & _AV1))


def _picture(files: Files, part: int, quality: int, name: str) -> dict[str, Any]:
    recipe = RECIPES[name]
    codecs, number = _CODECS[recipe.codec or ""]
    file_number = _FILES.get((quality, recipe.codec or ""), 30_000 + quality)
    shape = {
        "codecs": codecs,
        "width": recipe.width,
        "height": recipe.height,
        "rate": f"{recipe.fps}.000",
        "sar": "1:1",
    }
    return _stream(files, part, quality, file_number, name, shape, "video/mp4", number)


def _sound(files: Files, part: int, number: int, name: str) -> dict[str, Any]:
    shape = {"codecs": _SOUND_CODECS[RECIPES[name].sound], "width": 0, "height": 0, "rate": "", "sar": ""}
    return _stream(files, part, number, number, name, shape, "audio/mp4", 0)


def _stream(
    files: Files, part: int, number: int, file_number: int, name: str, shape: Mapping[str, Any], mime: str, codec: int
) -> dict[str, Any]:
    """Return an entry of DASH; the platform writes most values twice."""
    thing, urls = files.stream(part, f"1-{file_number}.m4s", name)
    head, index = segment_base(name)
    starts = int(mime.startswith("video"))
    return {
        "id": number,
        "baseUrl": urls[0],
        "base_url": urls[0],
        "backupUrl": urls[1:],
        "backup_url": urls[1:],
        "bandwidth": _bandwidth(thing),
        "mimeType": mime,
        "mime_type": mime,
        "codecs": shape["codecs"],
        "width": shape["width"],
        "height": shape["height"],
        "frameRate": shape["rate"],
        "frame_rate": shape["rate"],
        "sar": shape["sar"],
        "startWithSap": starts,
        "start_with_sap": starts,
        "SegmentBase": {"Initialization": head, "indexRange": index},
        "segment_base": {"initialization": head, "index_range": index},
        "codecid": codec,
    }


def _single(files: Files, part: int, film: Film, wish: Wish) -> list[dict[str, Any]]:
    visit = Visit(now=files.visit.now, lifetime=files.visit.lifetime, platform="html5" if wish.html5 else "pc")
    owner = Files(files.cdn, files.post, visit)
    return [_segment(*owner.stream(part, "1-16.mp4", film.single), 1, film.seconds)]


def _segments(files: Files, part: int, film: Film) -> list[dict[str, Any]]:
    streams = (files.stream(part, f"{n}-32.flv", name) for n, name in enumerate(film.segments, 1))
    return [
        _segment(*stream, n, RECIPES[name].seconds)
        for n, (name, stream) in enumerate(zip(film.segments, streams, strict=True), 1)
    ]


def _segment(thing: Thing, urls: Sequence[str], order: int, seconds: float) -> dict[str, Any]:
    length = round(seconds * 1000)
    backup = list(urls[1:]) or None
    return {
        "order": order,
        "length": length,
        "size": thing.size,
        "ahead": "",
        "vhead": "",
        "url": urls[0],
        "backup_url": backup,
    }


def _format(number: int, *, is_dash: bool) -> dict[str, Any]:
    name, _, text = _QUALITIES[number]
    codecs = [codec for codec, _ in _CODECS.values()] if is_dash else None
    return {
        "quality": number,
        "format": name,
        "new_description": text,
        "display_desc": text.partition(" ")[0],
        "superscript": "",
        "codecs": codecs,
    }


def _bandwidth(thing: Thing) -> int:
    return round(thing.size * 8 / RECIPES[thing.medium].seconds)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
