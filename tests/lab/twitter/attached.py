"""The media of a post: their ids and addresses, their fields in the API, and their files on the servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import gcd
from typing import Any

from tests.lab import media
from tests.lab.ranges import Blob
from tests.lab.recipes import RECIPES
from tests.lab.twitter.cdn import IMAGE_HOST, VIDEO_HOST, Cdn, File
from tests.lab.twitter.films import FILMS, Film
from tests.lab.twitter.hls import Stream, playlist_blob, write_master
from tests.lab.twitter.pictures import Picture, fit
from tests.lab.twitter.tweet import Tweet, make_key

_BITRATES = {144: 144_000, 270: 288_000, 360: 832_000, 480: 950_000, 576: 1_280_000, 720: 2_176_000}
"""Bit rates of the MP4 files by the short side, as the platform announces them (not measured)."""
_KINDS = {"photo": "3", "video": "7", "amplify": "13", "animated_gif": "16"}
_MANY_ID = 1_976_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Attached:
    """Medium *number* (from 0) of *tweet*."""

    tweet: Tweet
    number: int
    spec: Mapping[str, Any]

    @property
    def id(self) -> str:
        """A number slightly below the post's id."""
        base = _MANY_ID if "files" in self.tweet.data else int(self.tweet.id)
        return str(base - ((9000 - 7 * self.number) << 22))

    @property
    def type(self) -> str:
        """photo, video, animated_gif."""
        return str(self.spec["type"])

    @property
    def page(self) -> str:
        """The address of the medium in the post."""
        return f"{self.tweet.url}/{'photo' if self.type == 'photo' else 'video'}/{self.number + 1}"

    @property
    def still_url(self) -> str:
        """``media_url_https``."""
        form = RECIPES[self._still].ext.replace("jpeg", "jpg")
        return f"https://{IMAGE_HOST}{self._stem}.{form}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the original."""
        best = RECIPES[self.spec["media"]] if self.type == "photo" else self._film.best
        return best.width, best.height

    @property
    def seconds(self) -> float:
        """Duration of the medium."""
        return self._film.best.seconds

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The forms of a video, the playlist first."""
        found: list[dict[str, Any]] = []
        if self._film.pictures:
            url = f"https://{VIDEO_HOST}{self._master}?tag={self._tag}&v=cfc"
            found.append({"content_type": "application/x-mpegURL", "url": url})
        for medium in self._film.files:
            side = min(RECIPES[medium].width, RECIPES[medium].height)
            bitrate = 0 if self.type == "animated_gif" else _BITRATES[side]
            tail = "" if self.type == "animated_gif" else f"?tag={self._tag}"
            if "files" in self.tweet.data:  # the many posts share one file, and each has an address of its own
                tail += f"&post={self.tweet.id}"
            url = f"https://{VIDEO_HOST}{self._path(medium)}{tail}"
            found.append({"bitrate": bitrate, "content_type": "video/mp4", "url": url})
        return found

    @property
    def video_info(self) -> dict[str, Any]:
        """The API's fields about a video; a GIF has no duration."""
        width, height = self.size
        info: dict[str, Any] = {"aspect_ratio": [width // gcd(width, height), height // gcd(width, height)]}
        if self.type == "video":
            info["duration_millis"] = round(self.seconds * 1000)
        return {**info, "variants": self.variants}

    @property
    def common(self) -> dict[str, Any]:
        """The fields that every route has."""
        width, height = self.size
        reason = self.spec.get("unavailable")
        said: dict[str, Any] = {
            "display_url": f"pic.x.com/{make_key(self.tweet.id, length=10)}",
            "expanded_url": self.page,
            "media_url_https": self.still_url,
            "type": self.type,
            "ext_media_availability": {"status": "Unavailable", "reason": reason}
            if reason
            else {"status": "Available"},
            "sizes": {name: self._size(name) for name in ("large", "medium", "small", "thumb")},
            "original_info": {"height": height, "width": width, "focus_rects": self._rects()},
        }
        if "alt" in self.spec:
            said["ext_alt_text"] = self.spec["alt"]
        if self.type == "video":
            said["additional_media_info"] = {"monetizable": False}
        if self.type != "photo" and not reason:
            said["video_info"] = self.video_info
        return said

    @property
    def media_key(self) -> str:
        """Kind and id."""
        return f"{_KINDS['amplify' if 'amplify' in self.spec else self.type]}_{self.id}"

    def put_on(self, cdn: Cdn) -> None:
        """Register its files with the servers."""
        fault, modified = self.spec.get("fault", ""), self.tweet.created
        broken = tuple(self.spec.get("broken", ()))
        still_fault = fault if self.type == "photo" else ""
        cdn.put_picture(self._stem, Picture(medium=self._still, modified=modified, fault=still_fault, broken=broken))
        if self.type == "photo":
            return
        for medium in self._film.files:
            file = File(paths=partial(_whole, self._path(medium), medium, modified), fault=fault)
            cdn.put_file(self._key(medium), file)
        if self._film.pictures:
            pictures, sounds = self._streams()
            for stream in (*pictures, *sounds):
                cdn.put_file(stream.key, File(paths=stream.paths, fault=fault))
            master = partial(_master, self._master, pictures, sounds)
            cdn.put_file(self._key("master"), File(paths=master, fault=fault))

    @property
    def _film(self) -> Film:
        return FILMS[self.spec["film"]]

    @property
    def _still(self) -> str:
        return str(self.spec["media"]) if self.type == "photo" else self._film.thumb

    @property
    def _stem(self) -> str:
        """Path of the picture without size and form."""
        if self.type == "photo":
            return f"/media/G{self._key('photo')[:14]}"
        key = self._key("thumb")
        if self.type == "animated_gif":
            return f"/tweet_video_thumb/{key}"
        if "amplify" in self.spec:
            return f"/amplify_video_thumb/{self.id}/img/{key}"
        return f"/ext_tw_video_thumb/{self.id}/pu/img/{key}"

    @property
    def _folder(self) -> str:
        return f"/amplify_video/{self.id}" if "amplify" in self.spec else f"/ext_tw_video/{self.id}/pu"

    @property
    def _tag(self) -> int:
        return 16 if "amplify" in self.spec else 12

    @property
    def _master(self) -> str:
        return f"{self._folder}/pl/{self._key('master')}.m3u8"

    def _path(self, medium: str) -> str:
        if self.type == "animated_gif":
            return f"/tweet_video/{self._key(medium)}.mp4"
        recipe = RECIPES[medium]
        return f"{self._folder}/vid/avc1/{recipe.width}x{recipe.height}/{self._key(medium)}.mp4"

    def _key(self, slot: str) -> str:
        return make_key(self.id, slot)

    def _streams(self) -> tuple[list[Stream], list[Stream]]:
        folder, modified = self._folder, self.tweet.created
        pictures = [
            Stream(folder=folder, key=self._key(medium), medium=medium, modified=modified)
            for medium in self._film.pictures
        ]
        sounds = [
            Stream(folder=folder, key=self._key(medium), medium=medium, modified=modified, rate=rate)
            for rate, medium in self._film.sounds
        ]
        return pictures, sounds

    def _size(self, name: str) -> dict[str, Any]:
        if name == "thumb":
            return {"h": 150, "w": 150, "resize": "crop"}
        width, height = fit((self.spec["media"] if self.type == "photo" else self._film.best.name), name)
        return {"h": height, "w": width, "resize": "fit"}

    def _rects(self) -> list[dict[str, int]]:
        if self.type != "photo":
            return []
        width, height = self.size
        side = min(width, height)
        return [
            {"x": 0, "y": 0, "w": width, "h": min(height, width * 9 // 16)},
            {"x": (width - side) // 2, "y": 0, "w": side, "h": side},
            {"x": 0, "y": 0, "w": width, "h": height},
        ]


def attachments(tweet: Tweet) -> list[Attached]:
    """Return the media of *tweet*."""
    return [Attached(tweet, number, spec) for number, spec in enumerate(tweet.data.get("media", ()))]


def _whole(path: str, medium: str, modified: int) -> Mapping[str, Blob]:
    return {path: Blob(media.load(medium), media.MIME["mp4"], modified)}


def _master(path: str, pictures: list[Stream], sounds: list[Stream]) -> Mapping[str, Blob]:
    return {path: playlist_blob(write_master(pictures, sounds), pictures[0].modified)}
