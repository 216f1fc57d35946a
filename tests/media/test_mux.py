"""Streams are joined without encoding, and play in step."""

import os
from pathlib import Path

import av
import pytest

from scraper.errors import MediaError
from scraper.media.libav.mux import mux
from scraper.media.libav.probe import probe
from scraper.model.post import Chapter
from tests.support.lab_files import lab_file

SECONDS = 4.0
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def copy(kinds: set[str], to: Path, form: str, options: dict[str, str] | None = None) -> Path:
    """Write the streams of a lab video to another container."""
    with av.open(str(lab_file("landscape-720.mp4"))) as given, av.open(str(to), "w", form, options) as out:
        chosen = [stream for stream in given.streams if stream.type in kinds]
        streams = {stream: out.add_stream_from_template(stream) for stream in chosen}
        for packet in given.demux(chosen):
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                out.mux(packet)
    return to


def times(path: Path) -> dict[str, list[int]]:
    """Return the display times of each stream's packets, in the order of the file."""
    with av.open(str(path)) as container:
        found: dict[str, list[int]] = {stream.type: [] for stream in container.streams}
        for packet in container.demux():
            if packet.pts is not None:
                found[packet.stream.type].append(packet.pts)
    return found


@pytest.mark.parametrize("ext", [".mp4", ".mkv"])
def test_picture_and_sound_become_one_file(tmp_path: Path, ext: str) -> None:
    video = copy({"video"}, tmp_path / "v.m4s", "mp4", FRAGMENTED)
    audio = copy({"audio"}, tmp_path / "a.m4s", "mp4", FRAGMENTED)
    joined = tmp_path / f"joined{ext}"
    mux([[video], [audio]], joined, ext)
    found = probe(joined)
    assert (found.codec, found.width, found.height, found.has_audio) == ("h264", 1280, 720, True)
    assert found.duration == pytest.approx(SECONDS, abs=0.1)
    packets, before = times(joined), times(video) | times(audio)
    assert {kind: len(found) for kind, found in packets.items()} == {k: len(found) for k, found in before.items()}


def test_segments_follow_each_other_on_one_clock(tmp_path: Path) -> None:
    segment = copy({"video", "audio"}, tmp_path / "s.flv", "flv")
    joined = tmp_path / "joined.mp4"
    mux([[segment, segment, segment]], joined, ".mp4")
    assert probe(joined).duration == pytest.approx(3 * SECONDS, abs=0.2)
    for kind, shown in times(joined).items():
        assert len(set(shown)) == 3 * len(times(segment)[kind])


def test_a_stream_of_hls_becomes_a_file(tmp_path: Path) -> None:
    joined = tmp_path / "joined.mp4"
    mux([[copy({"video", "audio"}, tmp_path / "s.ts", "mpegts")]], joined, ".mp4")
    assert probe(joined).duration == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.parametrize("junk", [b"", b"<html>" * 100])
def test_what_is_no_media_is_said(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "bad").write_bytes(junk)
    with pytest.raises(MediaError, match="cannot be joined: InvalidDataError"):
        mux([[tmp_path / "bad"]], tmp_path / "joined.mp4", ".mp4")


def test_segments_of_different_kinds_are_refused(tmp_path: Path) -> None:
    video = copy({"video"}, tmp_path / "v.mp4", "mp4")
    both = copy({"video", "audio"}, tmp_path / "b.mp4", "mp4")
    with pytest.raises(MediaError, match="different kinds"):
        mux([[video, both]], tmp_path / "joined.mp4", ".mp4")


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no /dev/full here")
def test_a_full_disk_stays_an_error_of_the_disk(tmp_path: Path) -> None:
    video = copy({"video"}, tmp_path / "v.mp4", "mp4")
    with pytest.raises(OSError, match="No space left"):
        mux([[video]], Path("/dev/full"), ".mp4")


@pytest.mark.parametrize("ext", [".mp4", ".mkv"])
def test_chapters_that_cannot_be_are_left_out(tmp_path: Path, ext: str) -> None:
    video, joined = copy({"video"}, tmp_path / "v.mp4", "mp4"), tmp_path / f"joined{ext}"
    odd = [("late", 1e17, None), ("back", 2.0, 1.0), ("endless", 0.0, 1e17), ("second", 1.0, 2.0), ("first", 0.0, None)]
    mux([[video]], joined, ext, [Chapter(title=title, start=start, end=end) for title, start, end in odd])
    with av.open(str(joined)) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["first", "second"]


def test_what_the_format_cannot_hold_is_no_bug(tmp_path: Path) -> None:
    video = copy({"video"}, tmp_path / "v.mp4", "mp4")
    with pytest.raises(MediaError, match="cannot be joined: UnicodeEncodeError"):
        mux([[video]], tmp_path / "joined.mp4", ".mp4", [Chapter(title="\ud800", start=0.0)])
