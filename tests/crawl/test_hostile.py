"""Pages that misbehave, and ends that come early: the cause is named, nothing half is published, nothing is lost."""

import json
import re
import signal
from pathlib import Path

import pytest

from scraper.errors import ErrorCode, SeedError
from scraper.links.shortlinks import next_hop
from scraper.platform.registry import load, recogniser
from tests.lab.faults import TARGETS
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl, piped_crawl, start_crawl
from tests.support.labs import X_MEDIA, StartLab, many
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def halved(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """One crawl of photo posts whose pictures and sounds are cut in half."""
    lab.reset()
    lab.set_faults("cut:tplv-photomode", "cut:/obj/tos-")
    urls = " ".join(lab.url(name) for name in ("lab.photo_many", "lab.photo_png", "lab.photo_webp"))
    done = crawl(lab, tmp_path_factory.mktemp("halved"), "-a", f"urls={urls}", spider="tiktok")
    lab.reset()
    return done


def test_half_a_picture_is_no_picture(halved: Crawl) -> None:
    media = [medium for post in halved.posts for medium in post["media"]]
    assert {medium["error"].partition(":")[0] for medium in media if medium["role"] == "image"} == {"truncated"}


def test_half_a_sound_is_no_sound(halved: Crawl) -> None:
    """Nobody announces its size, the server lies about its length, and libav opens it."""
    errors = [m["error"] for post in halved.posts for m in post["media"] if m["role"] == "audio"]
    assert len(errors) >= 2
    assert all(re.match("truncated|duration_mismatch", error) for error in errors)


def test_a_page_that_redirects_away_is_not_followed(lab: LabProcess, clean_lab: None, tmp_path: Path) -> None:
    lab.set_faults("to-away:lab.video_square/video", "to-loopback:lab.video_long/video")
    urls = f"{lab.url('lab.video_square')} {lab.url('lab.video_long')}"
    done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="tiktok", MEDIA="none")
    assert [envelope["error"]["code"] for envelope in done.envelopes] == ["redirect_not_allowed"] * 2
    assert lab.refused() == []


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_short_link_leads_to_a_post_or_ends(target: str) -> None:
    known = recogniser(load(("spiders",)).values())
    looping = (TARGETS["itself"], TARGETS["plain"])
    url, code = "https://vm.tiktok.com/ZMabcdef1/", None
    for hop in range(1, 9):
        try:
            url = str(next_hop(known, url, 302, target, hop))
        except SeedError as error:
            code = error.code
            break
        assert url.startswith("https://")
    assert code is (ErrorCode.TOO_MANY_REDIRECTS if target in looping else ErrorCode.REDIRECT_NOT_ALLOWED)


def test_ctrl_c_ends_the_run_within_its_grace_and_loses_nothing(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "60", "--list-many", "--fault", f"slow-3000:{X_MEDIA}")
    seeds = many(lab, 60, tmp_path / "seeds.txt")
    with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}", SHUTDOWN_GRACE=2) as process:
        wait_for(lambda: len([record for record in lab.log() if X_MEDIA in record.url]) >= 4)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=15)
    assert process.returncode == 1
    assert "the run was cut short (shutdown)" in out
    done = Crawl(tmp_path / "out", process.returncode, out)
    info = json.loads((done.folder / "run.json").read_text())
    assert (info["reason"], info["ended"] is None) == ("shutdown", False)
    assert len({envelope["seed"] for envelope in done.envelopes}) == len(done.envelopes) < 60
    listed = {file["path"] for post in done.posts for medium in post["media"] for file in medium["files"]}
    found = [path for path in (done.folder / "media").rglob("*") if path.is_file()]
    assert {path.relative_to(done.folder).as_posix() for path in found} == listed
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def test_a_second_ctrl_c_stops_at_once(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "20", "--list-many", "--fault", f"slow-3000:{X_MEDIA}")
    seeds = many(lab, 20, tmp_path / "seeds.txt")
    with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}", SHUTDOWN_GRACE=60) as process:
        wait_for(lambda: len([record for record in lab.log() if X_MEDIA in record.url]) >= 2)
        process.send_signal(signal.SIGINT)
        wait_for(lambda: "Closing spider" in (tmp_path / "log").read_text("utf-8"))
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "the run was cut short" in out
    assert json.loads((tmp_path / "out/run.json").read_text())["left"] == 20
    assert not (tmp_path / "out/ledger.db-wal").exists()


def test_a_folder_that_cannot_be_written_ends_seeds_and_never_hangs(lab: LabProcess, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/raw").write_text("in the way")
    seeds = tmp_path / "seeds.txt"
    urls = [post["url"] for post in lab.posts_of("twitter") if post["outcome"] == "ok"]
    seeds.write_text("\n".join(urls), "utf-8")
    done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", OPEN_SEEDS=2)
    assert done.code == 3
    assert len(done.envelopes) == len(urls)
    assert {envelope["error"]["code"] for envelope in done.envelopes} == {"parse_error"}


def test_a_link_in_the_folder_leads_nowhere_else(lab: LabProcess, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "out/media/twitter").mkdir(parents=True)
    (tmp_path / "out/media/twitter/lab_gif").symlink_to(tmp_path / "outside")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_gif/')}", spider="twitter")
    assert done.envelopes[0]["error"]["code"] == "media_failed"
    assert list((tmp_path / "outside").iterdir()) == []


def test_damaged_session_files_are_replaced(lab: LabProcess, tmp_path: Path) -> None:
    """Six that earlier runs left, each damaged in its own way: not one is used, and none is in the way."""
    damages: list[dict[str, object]] = [
        {"born": "x"},
        {"uses": None},
        {"storage": "foo"},
        {"storage": {"cookies": [{"name": "a"}]}},
        {"user_agent": "a\r\nb"},
        {"born": 1e18},
    ]
    good = {"id": "a", "platform": "tiktok", "user_agent": "x", "proxy": lab.proxy, "storage": {"cookies": []}, "born": 1.0, "uses": 0}
    folder = tmp_path / "sessions"
    folder.mkdir()
    for number, damage in enumerate(damages):
        path = folder / f"tiktok-guest{'' if number == 0 else f'-{number + 1}'}.json"
        path.write_text(json.dumps(good | damage))
        path.chmod(0o600)
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok", MEDIA="none")
    assert done.code == 0, done.stdout
    assert (done.stat("session/minted/tiktok"), done.stat("session/reused/tiktok")) == (1, 0)
    kept = [json.loads(path.read_text())["id"] for path in folder.iterdir()]
    assert len([name for name in kept if name.startswith("tiktok-")]) == 1


def test_a_session_folder_that_cannot_be_written_costs_only_the_next_run(lab: LabProcess, tmp_path: Path) -> None:
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok", SESSION_DIR="/proc/none", MEDIA="none")
    assert done.code == 0
    assert "the session is not kept for the next run" in done.stderr


def test_ctrl_c_while_the_pipe_is_open_ends_well(lab: LabProcess, tmp_path: Path) -> None:
    with piped_crawl(lab, tmp_path) as (process, pipe):
        pipe.write(f"{lab.url('lab_gif/')}\n".encode())
        envelopes = tmp_path / "out/envelopes.jsonl"
        wait_for(lambda: envelopes.exists() and envelopes.read_text().count("\n") == 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 1
    assert "Fatal Python error" not in (tmp_path / "stderr").read_text()
    assert "(shutdown), the list was not read to its end: " in (tmp_path / "stdout").read_text()
