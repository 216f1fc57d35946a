"""Serve a file's bytes like a CDN: Range, If-Range, ETag, Last-Modified, HEAD."""

import hashlib
import re
from dataclasses import dataclass, replace
from email.utils import formatdate

from tests.lab.messages import Ask, Reply

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Blob:
    """A file on a server."""

    data: bytes
    mime: str
    modified: float
    """Unix seconds."""

    @property
    def etag(self) -> str:
        """A strong tag of the bytes."""
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest()}"'

    def under(self, fault: str) -> "Blob":
        """Return the file with the effect of *fault*."""
        if fault == "cut":
            return replace(self, data=self.data[: len(self.data) // 2])
        if fault == "hole":
            first, last = (len(self.data) * tenth // 20 for tenth in (9, 11))
            return replace(self, data=self.data[:first] + bytes(last - first) + self.data[last:])
        if fault == "changed":
            return replace(self, data=self.data + b"\x00\x00\x04\x00free" + bytes(1016))
        return self


def serve(ask: Ask, blob: Blob) -> Reply:
    """Answer a GET or HEAD for *blob*."""
    size, modified = len(blob.data), formatdate(blob.modified, usegmt=True)
    headers = [
        ("Content-Type", blob.mime),
        ("Accept-Ranges", "bytes"),
        ("ETag", blob.etag),
        ("Last-Modified", modified),
        ("Cache-Control", "max-age=31536000"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    wanted = _RANGE.fullmatch(ask.headers.get("Range", "").strip())
    if wanted is None or wanted[0] == "bytes=-" or ask.headers.get("If-Range", blob.etag) not in (blob.etag, modified):
        return Reply(headers=headers, body=blob.data, whole=size)
    start, end = _bounds(wanted, size)
    if start >= size or end < start:
        return Reply(status=416, headers=[("Content-Range", f"bytes */{size}")], note="range")
    headers.append(("Content-Range", f"bytes {start}-{end}/{size}"))
    return Reply(status=206, headers=headers, body=blob.data[start : end + 1], start=start, whole=size)


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    first, last = wanted.groups()
    if not first:
        return max(0, size - int(last)) if int(last) else size, size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
