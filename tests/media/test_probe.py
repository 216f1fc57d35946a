"""Damage in a file is found."""

from pathlib import Path

import pytest

from scraper.errors import MediaError
from scraper.media.libav.probe import probe
from tests.support.lab_files import lab_file

FILMS = ("hd-mp4.mp4", "long-540.mp4", "hd-1080.m4s", "tune-aac.m4a")


def zeroed(name: str, start: float, end: float, to: Path) -> Path:
    """Write a lab file with the bytes from *start* to *end* (shares of its size) zeroed."""
    data = bytearray(lab_file(name).read_bytes())
    first, last = int(len(data) * start), int(len(data) * end)
    data[first:last] = bytes(last - first)
    path = to / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(("start", "end"), [(0.45, 0.46), (0.45, 0.55)])
def test_a_zeroed_middle_is_found_by_full_decoding_alone(tmp_path: Path, name: str, start: float, end: float) -> None:
    damaged = zeroed(name, start, end, tmp_path)
    assert probe(damaged) == probe(lab_file(name), is_full=True)
    with pytest.raises(MediaError, match=r"truncated: it is damaged from \d\.\d s on"):
        probe(damaged, is_full=True)


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(("start", "end"), [(0.05, 0.3), (0.9, 0.99)])
def test_a_zeroed_end_is_found_in_any_case(tmp_path: Path, name: str, start: float, end: float) -> None:
    with pytest.raises(MediaError, match=r"damaged|no frame"):
        probe(zeroed(name, start, end, tmp_path))
