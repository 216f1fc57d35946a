"""HLS as the video server has it: a master with separate sounds, and playlists of fragments with their head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.lab import media
from tests.lab.ranges import Blob
from tests.lab.recipes import RECIPES

_HEAD = "#EXTM3U\n#EXT-X-VERSION:6\n"


@dataclass(frozen=True, slots=True)
class Fragments:
    """A fragmented file, split."""

    head: bytes
    pieces: tuple[tuple[float, bytes], ...]
    """Seconds and bytes of each piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One picture or sound of a film; *folder* is the film's folder on the server."""

    folder: str
    key: str
    medium: str
    modified: int
    rate: int | None = None
    """Bits a second of a sound, as the platform announces them."""

    @property
    def playlist(self) -> str:
        """Path of the playlist."""
        return f"{self.folder}/pl/{self._codec}/{self._quality}/{self.key}.m3u8"

    @property
    def bandwidth(self) -> int:
        """Bits a second, as measured."""
        return int(len(media.load(self.medium)) * 8 / RECIPES[self.medium].seconds)

    @property
    def size(self) -> str:
        """Width and height."""
        return f"{RECIPES[self.medium].width}x{RECIPES[self.medium].height}"

    def paths(self) -> Mapping[str, Blob]:
        """Return playlist, head and pieces by path."""
        parts = split(self.medium)
        mime = media.MIME["m4s" if self.rate is None else "m4a"]
        head = self._piece(0, 0, "mp4")
        made = {head: Blob(parts.head, mime, self.modified)}
        lines, at = [f'#EXT-X-MAP:URI="{head}"'], 0.0
        for seconds, data in parts.pieces:
            path = self._piece(round(at * 1000), round((at + seconds) * 1000), "m4s")
            made[path] = Blob(data, mime, self.modified)
            lines += [f"#EXTINF:{seconds:.3f},", path]
            at += seconds
        longest = max(seconds for seconds, _ in parts.pieces)
        first = f"#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:{round(longest + 0.5)}\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        text = _HEAD + first + "\n".join(lines) + "\n#EXT-X-ENDLIST\n"
        made[self.playlist] = playlist_blob(text, self.modified)
        return made

    @property
    def _codec(self) -> str:
        return "avc1" if self.rate is None else "mp4a"

    @property
    def _quality(self) -> str:
        return self.size if self.rate is None else str(self.rate)

    def _piece(self, start: int, end: int, ext: str) -> str:
        kind = "vid" if self.rate is None else "aud"
        return f"{self.folder}/{kind}/{self._codec}/{start}/{end}/{self._quality}/{self.key}.{ext}"


def write_master(pictures: Sequence[Stream], sounds: Sequence[Stream]) -> str:
    """Return the master playlist; each picture names the sound for its size."""
    lines = ["#EXT-X-INDEPENDENT-SEGMENTS"]
    for sound in reversed(sounds):
        group = f'NAME="Audio",TYPE=AUDIO,GROUP-ID="audio-{sound.rate}",AUTOSELECT=YES'
        lines.append(f'#EXT-X-MEDIA:{group},URI="{sound.playlist}"')
    for picture, sound in reversed(list(zip(pictures, sounds[-len(pictures) :], strict=True))):
        bits = picture.bandwidth + sound.bandwidth
        line = f'RESOLUTION={picture.size},CODECS="mp4a.40.2,avc1.64001F",AUDIO="audio-{sound.rate}"'
        lines += [f"#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH={bits},BANDWIDTH={bits * 5 // 4},{line}", picture.playlist]
    return _HEAD + "\n".join(lines) + "\n"


def playlist_blob(text: str, modified: int) -> Blob:
    """Return *text* as a file of the server."""
    return Blob(text.encode(), media.MIME["m3u8"], modified)


@cache
def split(name: str) -> Fragments:
    """Split the medium *name* at its fragments; its index gives the duration of each."""
    data, at, head, pieces = media.load(name), 0, b"", list[bytes]()
    lengths: list[float] = []
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        box = data[at : at + size]
        if kind == b"sidx":
            lengths = _lengths(box)
        elif kind == b"moof":
            pieces.append(box)
        elif kind == b"mdat":
            pieces[-1] += box
        else:
            head += box
        at += size
    return Fragments(head, tuple(zip(lengths, pieces, strict=True)))


def _lengths(sidx: bytes) -> list[float]:
    scale = int.from_bytes(sidx[16:20], "big")
    start = 30 if sidx[8] == 0 else 38
    count = int.from_bytes(sidx[start : start + 2], "big")
    entries = (start + 2 + 12 * n + 4 for n in range(count))
    return [int.from_bytes(sidx[entry : entry + 4], "big") / scale for entry in entries]
