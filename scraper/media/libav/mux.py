"""Join streams into one file without re-encoding: picture and sound, or segments one after the other."""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from scraper.errors import MediaCause, MediaError
from scraper.media.libav.problems import as_media_error
from scraper.model.post import Chapter

_FORMATS = {".mp4": "mp4", ".m4a": "ipod", ".mkv": "matroska"}
_KINDS = frozenset({"video", "audio"})
_MS = 1000
_MAX_CHAPTERS = 1000
_LATEST = 1e6
"""Seconds, eleven days: a chapter that begins later is dropped."""


def mux(tracks: Sequence[Sequence[Path]], target: Path, ext: str, chapters: Sequence[Chapter] = ()) -> None:
    """
    Write *target*, of the format of *ext*, from *tracks* that play at the same time, with *chapters* in it.

    Each track is one file, or several that play one after the other: the timestamps of each begin at zero, so their
    bytes cannot simply be concatenated. Raise MediaError(not_media) for a file that libav cannot read or the format
    cannot contain, OSError if the disk fails. Blocking.
    """
    with as_media_error("cannot be joined"), av.open(str(target), "w", format=_FORMATS[ext]) as out:
        flows = [_Track(files, out) for files in tracks]
        if shown := _usable(chapters):
            out.set_chapters(_to_libav(shown))
        for _, _, packet in heapq.merge(*(flow.packets(place) for place, flow in enumerate(flows))):
            out.mux(packet)


def _usable(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Return the valid *chapters*, in order: formats reject one that ends before it begins."""
    fine = [c for c in chapters if 0 <= c.start <= _LATEST and (c.end is None or c.start <= c.end <= _LATEST)]
    return sorted(fine, key=lambda chapter: chapter.start)[:_MAX_CHAPTERS]


def _to_libav(chapters: Sequence[Chapter]) -> list[Any]:
    """Return *chapters* in libav's form; one without an end lasts until the next."""
    starts = [chapter.start for chapter in chapters[1:]] + [chapters[-1].start]
    return [
        {
            "id": number,
            "start": round(chapter.start * _MS),
            "end": round((chapter.end if chapter.end is not None else start) * _MS),
            "time_base": Fraction(1, _MS),
            "metadata": {"title": chapter.title},
        }
        for number, (chapter, start) in enumerate(zip(chapters, starts, strict=True), 1)
    ]


class _Track:
    """The packets of one track, on the clock of the whole file."""

    def __init__(self, files: Sequence[Path], out: OutputContainer) -> None:
        self._files = files
        with av.open(str(files[0])) as first:
            given = [stream for stream in first.streams if stream.type in _KINDS]
            self._kinds = [stream.type for stream in given]
            # opaque: copy the stream even if libav has no encoder of that name
            self._streams = [out.add_stream_from_template(stream, opaque=True) for stream in given]
        if not self._streams:
            raise MediaError(MediaCause.NOT_MEDIA, "cannot be joined: no picture or sound in a part")

    def packets(self, place: int) -> "Iterator[tuple[float, int, Packet[Any]]]":
        """Yield (seconds, *place*, packet) in the order of decoding."""
        offset = 0.0
        for file in self._files:
            end = offset
            with closing(av.open(str(file))) as container:
                streams = [stream for stream in container.streams if stream.type in _KINDS]
                if [stream.type for stream in streams] != self._kinds:
                    raise MediaError(MediaCause.NOT_MEDIA, "cannot be joined: its parts are of different kinds")
                shift = offset - (container.start_time or 0) / av.time_base
                pairs = zip(streams, self._streams, strict=True)
                clocks = {stream.index: _clock(stream, target, shift) for stream, target in pairs}
                for packet in container.demux(streams):
                    if packet.pts is None:
                        continue  # the empty packet at the end
                    clock = clocks[packet.stream_index]
                    decoded, until = clock.move(packet)
                    end = max(end, until)
                    yield decoded, place, packet
            offset = end


class _Clock(NamedTuple):
    """Maps the times of a stream to those of the whole file. Fractions for each packet would double a join's time."""

    later: int
    """Ticks."""
    tick: float
    """Seconds."""
    target: Stream

    def move(self, packet: "Packet[Any]") -> tuple[float, float]:
        """Move *packet* to the target's clock; return its decoding time and the end of its display, in seconds."""
        shown = (packet.pts or 0) + self.later
        decoded = shown if packet.dts is None else packet.dts + self.later
        packet.pts, packet.dts, packet.stream = shown, decoded, self.target
        return decoded * self.tick, (shown + (packet.duration or 0)) * self.tick


def _clock(stream: Stream, target: Stream, shift: float) -> _Clock:
    """Return the clock of *stream*, whose packets *target* plays *shift* seconds later."""
    tick = float(stream.time_base or Fraction(1, av.time_base))
    return _Clock(round(shift / tick), tick, target)
