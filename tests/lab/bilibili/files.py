"""The files of one post, and the visit for which their URLs are signed."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.lab import media
from tests.lab.bilibili.cdn import Cdn, Visit
from tests.lab.bilibili.films import FILMS, Film
from tests.lab.bilibili.posts import cid_of
from tests.lab.catalog import LabPost
from tests.lab.things import Thing

_MIRRORS = ("cos", "akam")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a post on the media servers."""

    cdn: Cdn
    post: LabPost
    visit: Visit

    def film(self, part: int) -> Film:
        """Return the film of part *part*."""
        return FILMS[self.parts[part - 1]["film"]]

    @property
    def parts(self) -> list[Mapping[str, Any]]:
        """The parts, as the post's file names them."""
        parts: list[Mapping[str, Any]] = self.post.data["parts"]
        return parts

    def stream(self, part: int, tail: str, medium: str) -> tuple[Thing, list[str]]:
        """Return a stream and its URLs, the preferred one first."""
        thing = self._put(f"{cid_of(self.post, part)}-{tail}", medium)
        mirrors = self.post.data.get("mirrors", _MIRRORS)
        return thing, [self.cdn.stream_url(thing, self.visit, mirror) for mirror in mirrors]

    def song(self, medium: str) -> tuple[Thing, str]:
        """Return the sound of an audio post and its URL."""
        thing = self._put(f"{cid_of(self.post)}-192k.m4a", medium)
        return thing, self.cdn.stream_url(thing, self.visit, "cos", "ugaxcode")

    def image(self, slot: str, medium: str, folder: str = "archive") -> str:
        """Return the URL of a picture without its scheme."""
        key = f"{zlib.crc32(f'{slot}/{medium}'.encode()):08x}{zlib.crc32(self._owner.encode()):032x}"
        return self.cdn.image_url(self._put(key, medium), len(slot) % 3, folder)

    def subtitle(self, number: int, spec: Mapping[str, Any]) -> str:
        """Return the URL of a subtitle without its scheme."""
        lines = [
            {"from": n, "to": n + 1, "sid": n + 1, "location": 2, "content": line}
            for n, line in enumerate(spec["lines"])
        ]
        look = {
            "font_size": 0.4,
            "font_color": "#FFFFFF",
            "background_alpha": 0.5,
            "background_color": "#9C27B0",
            "Stroke": "none",
        }
        text = json.dumps(
            {**look, "type": "AIsubtitle", "lang": spec["lan"], "version": "v1", "body": lines}, ensure_ascii=False
        )
        key = f"{cid_of(self.post)}{zlib.crc32(str(number).encode()):032x}"
        thing = self.cdn.put(Thing(key=key, medium="json", modified=self.post.created, text=text))
        return self.cdn.subtitle_url(thing, self.visit, made_by_machine=spec["lan"].startswith("ai-"))

    @property
    def _owner(self) -> str:
        return str(self.post.data.get("files", self.post.id))

    def _put(self, key: str, medium: str) -> Thing:
        fault = self.post.data.get("fault", "")
        return self.cdn.put(Thing(key=key, medium=medium, modified=self.post.created, fault=fault))


@cache
def segment_base(medium: str) -> tuple[str, str]:
    """Return the byte ranges of the head and the index of a fragmented file."""
    data, at, head = media.load(medium), 0, 0
    while True:
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"sidx":
            return f"0-{head - 1}", f"{at}-{at + size - 1}"
        at += size
        head = at
