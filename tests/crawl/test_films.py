"""Whole crawls: no damaged film is taken, and pictures become one."""

from pathlib import Path

import pytest

from scraper.media.libav.probe import probe
from tests.lab.process import LabProcess
from tests.support.crawling import crawl


@pytest.mark.usefixtures("clean_lab")
def test_a_crawl_with_full_verification_takes_no_damaged_film(lab: LabProcess, tmp_path: Path) -> None:
    lab.set_faults("hole:tweet_video")
    url = lab.url("lab_gif/")
    done = crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter", VERIFY="full")
    (medium,) = done.posts[0]["media"]
    assert "it is damaged" in medium["error"]
    assert not list((tmp_path / "out/media").rglob("*.mp4"))


def test_pictures_become_a_film(lab: LabProcess, tmp_path: Path) -> None:
    """Of X, whose posts have no sound, and of TikTok with its music; the source files remain."""
    urls = f"{lab.url('lab_photos/').partition('/photo/')[0]} {lab.url('lab.photo_webp')}"
    done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="hybrid", CONTENT="video_only")
    assert done.code == 0, done.stdout
    for post in done.posts:
        *sources, film = post["media"]
        (file,) = film["files"]
        pictures = [medium for medium in sources if medium["role"] == "image"]
        music = [medium for medium in sources if medium["role"] == "audio"]
        assert (film["role"], file["variant"], file["probe"]["codec"]) == ("video", None, "h264")
        assert file["probe"]["has_audio"] is (post["platform"] == "tiktok") is bool(music)
        assert file["path"].endswith(f"_{post['id']}_{max(source['index'] for source in sources) + 1}.mp4")
        assert file["probe"]["duration"] >= 2 * len(pictures) - 0.1
        assert probe(done.folder / file["path"], is_full=True).duration == file["probe"]["duration"]
        assert all(medium["files"] for medium in pictures)
    assert done.stat("media/rendered") == 2
