"""A crawl that writes foreign envelopes."""

from pathlib import Path
from typing import Any

from tests.lab.process import LabProcess
from tests.support.crawling import crawl


def test_a_crawl_writes_the_shape_and_goes_on_from_it(lab: LabProcess, tmp_path: Path) -> None:
    names = ("lab_gif/", "lab_deleted/", "lab_photo/")
    urls = " ".join([*(lab.url(name) for name in names), f"{lab.url('lab_gif/')}?x=1"])
    options: dict[str, Any] = {"spider": "twitter", "MEDIA": "none", "ENVELOPE": "twitterdown"}
    first = crawl(lab, tmp_path, "-a", f"urls={urls}", **options)
    assert first.code == 1
    assert sorted((e["seed"], e["code"]) for e in first.envelopes) == [("1.1", 0), ("1.2", -1), ("1.3", 0), ("1.4", 0)]
    assert "3 of 4 seeds ok, 1 failed" in first.stdout
    again = crawl(lab, tmp_path, "-a", f"urls={urls}", RETRY="failed", **options)
    assert again.stat("seeds/finished") == 1
    assert sorted(e["seed"] for e in again.envelopes) == ["1.1", "1.2", "1.3", "1.4"]
    wrong = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="twitter", ENVELOPE="tikhup")
    assert (wrong.code, wrong.stderr.strip()) == (
        2,
        "scrapy crawl: ENVELOPE: expected one of hybrid, raw, tikhub, twitterdown, got 'tikhup': did you mean ENVELOPE=tikhub?",
    )
