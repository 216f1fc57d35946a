"""The video part of a played TikTok item: covers, bitrateInfo, subtitles, the watermarked URL."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.catalog import LabPost
from tests.lab.recipes import RECIPES, Recipe
from tests.lab.things import Thing
from tests.lab.tiktok.cdn import IMAGE_LIFE, Cdn, Visit

_CODECS = {"h264": "h264", "hevc": "bytevc1"}


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one post, and the visit for which their URLs are signed."""

    cdn: Cdn
    post: LabPost
    visit: Visit

    def thing(self, slot: str, spec: str | Mapping[str, Any], text: str | None = None) -> Thing:
        """Return the file for *slot* of the post, registered with the CDN."""
        spec = {"media": spec} if isinstance(spec, str) else spec
        fault = spec.get("fault", self.post.data.get("fault", ""))
        where = f"{self.post.data.get('files', self.post.id)}/{slot}/{spec['media']}"
        key = f"o{zlib.crc32(where.encode()):08x}{zlib.crc32(slot.encode()):08x}EBfwLab"
        return self.cdn.put(Thing(key=key, medium=spec["media"], modified=self.post.created, text=text, fault=fault))


class VideoBuilder:
    """Turns the post of *files* into ``itemStruct.video``."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def build(self) -> dict[str, Any]:
        """Return the video; for a photo post the value that replaces it."""
        spec = self._files.post.data.get("video")
        if spec is None:
            return self._no_video()
        play = RECIPES[spec["play"]]
        clean = self._files.thing("play", spec["play"])
        entries = [self._bitrate(f"variant-{n}", variant) for n, variant in enumerate(spec.get("variants", ()))]
        entries.append(self._bitrate("play", spec["play"]))
        play_url = self._files.cdn.video_url(clean, self._files.visit)
        first = entries[-1]
        return {
            **self._frame(spec["cover"], play),
            "playAddr": [{"src": play_url}] if spec.get("play_as") == "list" else play_url,
            "downloadAddr": self._download(spec),
            "bitrate": first["Bitrate"],
            "encodedType": "normal",
            "format": "mp4",
            "videoQuality": "normal",
            "encodeUserTag": "",
            "codecType": "h264",
            "definition": play.quality,
            "subtitleInfos": [self._subtitle(n, sub) for n, sub in enumerate(spec.get("subtitles", ()))],
            "volumeInfo": {"Loudness": -23.5, "Peak": 0.4217},
            "bitrateInfo": entries,
            "size": first["PlayAddr"]["DataSize"],
            "VQScore": "75.07",
            "claInfo": {"hasOriginalAudio": True, "enableAutoCaption": True, "captionInfos": [], "captionsType": "1"},
            "videoID": first["PlayAddr"]["Uri"],
            "PlayAddrStruct": first["PlayAddr"],
        }

    def _frame(self, cover: str, play: Recipe) -> dict[str, Any]:
        """Return the fields about the picture: its size and its covers."""
        still = self._files.thing("cover", cover)
        urls = {
            size: self._files.cdn.image_url(
                still, self._files.visit, shape=f"tplv-photomode-zoomcover:{size}:{size}.jpeg"
            )
            for size in ("240", "480", "720", "960")
        }
        cover_url = self._files.cdn.image_url(still, self._files.visit)
        return {
            "id": self._files.post.id,
            "height": play.height,
            "width": play.width,
            "duration": int(play.seconds),
            "ratio": play.quality,
            "cover": cover_url,
            "originCover": cover_url,
            "dynamicCover": cover_url,
            "shareCover": ["", cover_url],
            "reflowCover": cover_url,
            "zoomCover": urls,
        }

    def _no_video(self) -> dict[str, Any]:
        """Return the value of ``video`` in a photo post."""
        cover = self._files.cdn.image_url(self._files.thing("cover", "cover"), self._files.visit)
        empty = {
            "id": self._files.post.id,
            "height": 0,
            "width": 0,
            "duration": 0,
            "ratio": "",
            "dynamicCover": "",
            "playAddr": "",
        }
        return {
            **empty,
            "cover": cover,
            "originCover": cover,
            "downloadAddr": "",
            "shareCover": ["", cover],
            "reflowCover": cover,
            "subtitleInfos": [],
        }

    def _download(self, spec: Mapping[str, Any]) -> str:
        if not spec["download"]:
            return ""
        return self._files.cdn.video_url(
            self._files.thing("download", spec["download"]), self._files.visit, logo=spec["logo"]
        )

    def _bitrate(self, slot: str, spec: str | Mapping[str, Any]) -> dict[str, Any]:
        """Return one entry of bitrateInfo."""
        thing = self._files.thing(slot, spec)
        recipe, tail = RECIPES[thing.medium], "" if isinstance(spec, str) else spec.get("tail", "")
        bitrate = int(thing.size * 8 / recipe.seconds)
        codec = "bytevc2" if recipe.opaque else _CODECS[recipe.codec or ""]
        side = recipe.quality
        uri = f"v24044gl0000lab{zlib.crc32(thing.key.encode()):08x}"
        urls = [self._files.cdn.video_url(thing, self._files.visit, host=host, tail=tail) for host in (0, 1)]
        urls.append(f"https://www.tiktok.com/aweme/v1/play/?faid=1988&file_id={thing.key}&is_play_url=1&video_id={uri}")
        address = {
            "DataSize": str(thing.size),
            "Width": recipe.width,
            "Height": recipe.height,
            "Uri": uri,
            "UrlList": urls,
            "UrlKey": f"{uri}_{codec}_{side}_{bitrate}",
            "FileHash": f"{zlib.crc32(uri.encode()):032x}",
            "FileCs": "c:0-45620-704a",
        }
        gear = f"normal_{side[:-1]}_0" if codec == "h264" else f"adapt_lower_{side[:-1]}_1"
        return {
            "Bitrate": bitrate,
            "QualityType": 20 if codec == "h264" else 2,
            "BitrateFPS": recipe.fps,
            "GearName": gear,
            "PlayAddr": address,
            "CodecType": {"h264": "h264", "bytevc1": "h265_hvc1", "bytevc2": "h266"}[codec],
            "MVMAF": '{"v2.0": {"srv1": {"v1080": 93.135, "v960": 95.412}}}',
            "Format": "mp4",
            "VideoExtra": '{"PktOffsetMap":"[]","mvmaf":""}',
        }

    def _subtitle(self, number: int, sub: Mapping[str, Any]) -> dict[str, Any]:
        ext = "vtt" if sub["format"] == "webvtt" else "srt"
        thing = self._files.thing(f"subtitle-{number}", ext, _subtitle_text(ext, sub["lines"]))
        url = self._files.cdn.subtitle_url(thing, self._files.visit)
        expires = str(int(self._files.visit.now + IMAGE_LIFE))
        return {
            "UrlExpire": expires,
            "Size": str(thing.size),
            "LanguageID": sub["id"],
            "LanguageCodeName": sub["language"],
            "Url": url,
            "Format": sub["format"],
            "Version": "1:big_caption" if sub["source"] == "ASR" else "4",
            "Source": sub["source"],
        }


def _subtitle_text(ext: str, lines: list[str]) -> str:
    comma = "," if ext == "srt" else "."
    cues = [f"{n + 1}\n00:00:0{n}{comma}000 --> 00:00:0{n + 1}{comma}000\n{line}\n" for n, line in enumerate(lines)]
    return "\n".join(([] if ext == "srt" else ["WEBVTT\n"]) + cues)
