"""The media servers: no cookie, no signature, no expiry; but no video for a foreign Referer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from tests.lab.messages import Ask, Reply, page
from tests.lab.ranges import Blob, serve
from tests.lab.twitter.pictures import Picture, Wish

VIDEO_HOST = "video.twimg.com"
IMAGE_HOST = "pbs.twimg.com"
HOSTS = (VIDEO_HOST, IMAGE_HOST)
_OWN = ("x.com", "twitter.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The content of the video server under one key: a file, or a stream with all its pieces."""

    paths: Callable[[], Mapping[str, Blob]]
    fault: str = ""
    """A fault that this file always has, see faults.py."""


class Cdn:
    """Knows all files and pictures, and answers requests for them."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._pictures: dict[str, Picture] = {}

    def put_file(self, key: str, file: File) -> None:
        """Register *file* under the *key* with which its paths end."""
        self._files[key] = file

    def put_picture(self, stem: str, picture: Picture) -> None:
        """Register *picture* under its path without size and form."""
        self._pictures[stem] = picture

    def answer(self, ask: Ask) -> Reply:
        """Answer a request for a medium."""
        if ask.method not in ("GET", "HEAD"):
            return page("", 405, "method")
        return self._video(ask) if ask.host == VIDEO_HOST else self._picture(ask)

    def _video(self, ask: Ask) -> Reply:
        referer = ask.headers.get("Referer", "")
        if referer and urlsplit(referer).hostname not in _OWN:
            return page("", 403, "referer")
        file = self._files.get(PurePosixPath(ask.path).stem)
        blob = file.paths().get(ask.path) if file is not None else None
        if file is None or blob is None:
            return page("", 404, "no such file")
        return _serve(ask, blob, file.fault)

    def _picture(self, ask: Ask) -> Reply:
        wish = Wish.read(ask)
        picture = self._pictures.get(wish.stem) if wish is not None else None
        if wish is None or picture is None:
            return page("", 404, "no such picture")
        if wish.name in picture.broken:
            return page("", 502, "broken size")
        try:
            blob = picture.blob(wish)
        except ValueError as problem:
            return page("", 404, str(problem))
        return _serve(ask, blob, picture.fault)


def _serve(ask: Ask, blob: Blob, lasting: str) -> Reply:
    fault = ask.fault or lasting
    reply = serve(ask, blob.under(fault))
    reply.fault = fault
    return reply
