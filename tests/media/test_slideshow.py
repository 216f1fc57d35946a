"""Slideshows play: as long as promised, their pictures in order."""

from pathlib import Path

import av
import pytest
from PIL import Image

from scraper.errors import MediaError
from scraper.media.libav.probe import probe
from scraper.media.libav.slideshow import render
from tests.support.lab_files import lab_file

PICTURES = ("photo-1.jpeg", "photo-2.jpeg", "photo-webp.webp", "photo-png.png")


def colours(path: Path, seconds: float) -> tuple[Image.Image, tuple[int, int]]:
    """Return the picture shown at *seconds*, and its size."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time >= seconds:
                return frame.to_image(), (  # type: ignore[no-untyped-call]
                    frame.width,
                    frame.height,
                )
    raise AssertionError(f"nothing is shown at {seconds} s")


@pytest.mark.parametrize(
    ("sound", "count", "seconds"),
    [(None, 2, 6.0), ("tune.mp3", 2, 8.0), ("tune-aac.m4a", 4, 8.0)],
    ids=["no sound", "as long as the music", "two seconds a picture, the music again"],
)
def test_a_slideshow_is_as_long_as_promised(tmp_path: Path, sound: str | None, count: int, seconds: float) -> None:
    target = tmp_path / "show.mp4"
    music = None if sound is None else lab_file(sound)
    assert render([lab_file(name) for name in PICTURES[:count]], music, target) == pytest.approx(seconds, abs=0.05)
    found = probe(target, is_full=True)
    assert (found.codec, found.width, found.height, found.has_audio) == ("h264", 1440, 1440, music is not None)
    assert found.duration == pytest.approx(seconds, abs=0.1)
    with av.open(str(target)) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", *(["aac"] if music else [])]
        if music:
            length = sum(frame.samples for frame in container.decode(audio=0)) / 44_100
            assert length == pytest.approx(seconds, abs=0.1)


def test_pictures_are_turned_padded_and_shown_in_order(tmp_path: Path) -> None:
    lying = Image.new("RGB", (400, 200), "red")
    lying.paste("blue", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right: the left side becomes the top
    lying.save(tmp_path / "a.jpg", exif=exif)
    Image.new("RGB", (200, 200), "lime").save(tmp_path / "b.gif")
    Image.new("RGBA", (201, 401), (0, 0, 0, 0)).save(tmp_path / "c.webp")
    target = tmp_path / "show.mp4"
    render([tmp_path / "a.jpg", tmp_path / "b.gif", tmp_path / "c.webp"], None, target)

    def at(seconds: float, x: int, y: int) -> str:
        image, size = colours(target, seconds)
        assert size == (200, 400)  # from 201 and 401: even, as h264 requires
        red, green, blue = image.getpixel((x, y))  # type: ignore[misc]
        names = {(True, False, False): "red", (False, True, False): "green", (False, False, True): "blue"}
        return names.get((red > 128, green > 128, blue > 128), "black")

    assert [at(0, 100, 100), at(2.8, 100, 300)] == ["blue", "red"]
    assert [at(3.1, 100, 200), at(3.1, 100, 50), at(5.8, 100, 350)] == ["green", "black", "black"]
    assert at(6.5, 100, 200) == "black"


def test_what_cannot_be_rendered_is_said(tmp_path: Path) -> None:
    for name in ("a.jpg", "junk"):
        (tmp_path / name).write_bytes(b"no picture at all")
    with pytest.raises(MediaError, match="not_media: cannot be rendered: UnidentifiedImageError"):
        render([tmp_path / "a.jpg"], None, tmp_path / "show.mp4")
    with pytest.raises(MediaError, match="not_media: cannot be rendered: InvalidDataError"):
        render([lab_file("photo-1.jpeg")], tmp_path / "junk", tmp_path / "show.mp4")
    with pytest.raises(MediaError, match="its sound file has no audio"):
        render([lab_file("photo-1.jpeg")], lab_file("photo-1.jpeg"), tmp_path / "show.mp4")
