"""The files of one post, and the visit for which their URLs are signed."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.catalog import LabPost
from tests.lab.douyin.cdn import Cdn, Visit
from tests.lab.douyin.films import FILMS, Film
from tests.lab.things import Thing

_SERVERS = ("v3", "v26")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a post on the media servers."""

    cdn: Cdn
    post: LabPost
    visit: Visit

    @property
    def film(self) -> Film | None:
        """The film of a video."""
        spec = self.post.data.get("video")
        return None if spec is None else FILMS[spec["film"]]

    @property
    def images(self) -> list[Mapping[str, Any]]:
        """The pictures of a note, as the post's file names them."""
        specs = self.post.data.get("images", ())
        return [{"media": spec} if isinstance(spec, str) else spec for spec in specs]

    @property
    def films(self) -> Iterator[tuple[str, Film]]:
        """Every film of the post under its name in the store."""
        if self.film is not None:
            yield self.uri(), self.film
        for number, spec in enumerate(self.images):
            if "live" in spec:
                yield self.uri(number), FILMS[spec["live"]]

    def uri(self, image: int | None = None) -> str:
        """Return the lasting name of the film in the store; with *image* that of the moving part of a picture."""
        where = f"{self._owner}/{'film' if image is None else image}"
        return f"v0{'d' if image is None else '3'}00fg10000lab{zlib.crc32(where.encode()):08x}{len(where):04x}"

    def file(self, medium: str) -> Thing:
        """Return the file of one form of a film."""
        return self._put(medium, medium, self.post.data.get("fault", ""))

    def urls(self, medium: str) -> list[str]:
        """Return the URLs of one form of a film, the preferred one first."""
        servers = self.post.data.get("servers", _SERVERS)
        return [self.cdn.video_url(self.file(medium), self.visit, server) for server in servers]

    def picture(self, slot: str, medium: str, fault: str = "") -> Thing:
        """Return a picture."""
        return self._put(slot, medium, fault)

    def music(self) -> Thing | None:
        """Return the sound of the post."""
        spec = self.post.data.get("music")
        return None if spec is None else self._put("music", spec["media"], spec.get("fault", ""))

    @property
    def _owner(self) -> str:
        return str(self.post.data.get("files", self.post.id))

    def _put(self, slot: str, medium: str, fault: str) -> Thing:
        where = f"{self._owner}/{slot}/{medium}".encode()
        key = f"o{zlib.crc32(where):08x}{zlib.adler32(where):08x}Lab"
        return self.cdn.put(Thing(key=key, medium=medium, modified=self.post.created, fault=fault))
